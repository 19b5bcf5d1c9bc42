//! A real browser, which behaves like scanners with a browser and like people. The test controls it through its
//! debugging pipe: JSON messages that end with a zero byte. If no Chromium is installed, the test is skipped with a
//! line on standard error.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use tempfile::TempDir;

use actix_scanner_guard::one_time::{self, Links, MemoryStore, Page};

use crate::site::{Clock, SECRET, Site, confirm};

/// A separate browser without a window.
struct Chromium {
    child: Child,
    commands: File,
    events: File,
    session: Option<String>,
    number: u64,
    _folder: TempDir,
}

impl Chromium {
    fn start() -> Option<Self> {
        let name = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
            Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        });
        let Some(name) = name else {
            crate::skip("no Chromium is installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (commands, events) = (folder.path().join("commands"), folder.path().join("events"));
        assert!(Command::new("mkfifo").args([&commands, &events]).status().unwrap().success());
        // The browser reads from descriptor 3 and writes to 4. Both are opened for reading and writing, so that neither
        // end waits for the other.
        let script = "exec \"$0\" \"$@\" 3<>\"$COMMANDS\" 4<>\"$EVENTS\"";
        let child = Command::new("sh")
            .args(["-c", script, name, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args([
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg("about:blank")
            .env("COMMANDS", &commands)
            .env("EVENTS", &events)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let open = |path| OpenOptions::new().read(true).write(true).open(path).unwrap();
        let mut chromium =
            Self { child, commands: open(&commands), events: open(&events), session: None, number: 0, _folder: folder };
        chromium.context();
        Some(chromium)
    }

    /// A page with its own cookies, as in a new profile.
    fn context(&mut self) {
        self.session = None;
        let context = self.call("Target.createBrowserContext", &json!({}));
        let target = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = self.call("Target.createTarget", &target);
        let attached = self.call("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        self.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        self.call("Page.enable", &json!({}));
    }

    fn send(&mut self, method: &str, parameters: &Value) -> u64 {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.number
    }

    fn receive(&mut self) -> Value {
        let mut message = Vec::new();
        let mut byte = [0];
        loop {
            self.events.read_exact(&mut byte).unwrap();
            if byte[0] == 0 {
                return serde_json::from_slice(&message).unwrap();
            }
            message.push(byte[0]);
        }
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        let number = self.send(method, parameters);
        loop {
            let message = self.receive();
            if message["id"] == number {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn wait_for(&mut self, event: &str) {
        while self.receive()["method"] != event {}
    }

    fn open(&mut self, url: &str) {
        self.send("Page.navigate", &json!({"url": url}));
        self.wait_for("Page.loadEventFired");
    }

    fn run(&mut self, script: &str) -> Value {
        self.call("Runtime.evaluate", &json!({"expression": script}))["result"]["value"].clone()
    }

    /// Runs a script that opens another page.
    fn run_away(&mut self, script: &str) {
        self.send("Runtime.evaluate", &json!({"expression": script}));
        self.wait_for("Page.loadEventFired");
    }

    fn text(&mut self) -> String {
        self.run("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Whether no element overflows at this width. The screenshot is stored for inspection.
    fn fits(&mut self, width: u32, name: &str) -> bool {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let fits = self.run("document.documentElement.scrollWidth <= innerWidth && getComputedStyle(document.querySelector('main')).borderRadius !== '0px'");
        let picture = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let bytes = base64(picture["data"].as_str().unwrap());
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("one-time-{name}-{width}.png"));
        std::fs::write(file, bytes).unwrap();
        fits == true
    }
}

fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(value).collect();
    let group = |group: &[u8]| {
        let number =
            group.iter().fold(0_u32, |number, digit| number << 6 | u32::from(*digit)) << (6 * (4 - group.len()));
        number.to_be_bytes()[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request for a link gives this browser its cookie.
async fn order(req: HttpRequest, links: web::Data<Links>) -> HttpResponse {
    HttpResponse::Ok().append_header(links.browser(&req).unwrap().set_cookie()).body("look into your mail")
}

fn site() -> Site {
    let clock = Clock::new();
    let store = MemoryStore::new(100).clock(clock.read());
    let page = Page::new("Log in to the shop", "Press the button to log in on this device.", "Log in");
    let links = Links::new(SECRET, store).unwrap().clock(clock.read()).page("magic-link", page);
    Site::serving(links, clock, |config| {
        config.route("/order", web::get().to(order)).service(one_time::scope("/confirm", confirm));
    })
}

/// The script that a sandbox runs in every page.
const SUBMIT: &str = "document.forms[0].requestSubmit ? document.forms[0].submit() : 0";
const CLICK: &str = "document.querySelector('button').click()";
const FILL_AND_SUBMIT: &str = "document.querySelectorAll('input:not([type=hidden])').forEach(input => input.value = 'test@example.com'); document.forms[0].submit()";

#[actix_web::test]
async fn a_browser_that_runs_scripts_and_sends_forms() {
    let site = site();
    let early = site.issue("early").await.unwrap();
    let code = site.issue("code").show_code().await.unwrap();
    let Some(mut chromium) = web::block(Chromium::start).await.unwrap() else { return };
    let url = |path: &str| format!("http://{}{path}", site.address);
    let (clock, calls) = (site.clock.clone(), site.calls.clone());
    let (early_url, code_url) = (url(early.path()), url(code.path()));
    let mut chromium = web::block(move || {
        for script in [SUBMIT, CLICK, FILL_AND_SUBMIT] {
            for target in [&early_url, &code_url] {
                chromium.context();
                chromium.open(target);
                chromium.run_away(script);
                for _ in 0..2 {
                    clock.pass(Duration::from_secs(2));
                    // The field is `required`, so a click without digits has no effect.
                    if script != CLICK || chromium.run("!document.querySelector('#code')") == true {
                        chromium.run_away(script);
                    }
                }
                assert_eq!(calls.of("early") + calls.of("code"), 0, "{script}: {}", chromium.text());
            }
        }
        // A person in the same kind of browser reads the number and types it.
        chromium.context();
        chromium.open(&early_url);
        assert!(chromium.fits(390, "confirm") && chromium.fits(1280, "confirm"));
        clock.pass(Duration::from_secs(2));
        chromium.run_away(CLICK);
        assert!(chromium.fits(390, "number") && chromium.fits(1280, "number"), "{}", chromium.text());
        clock.pass(Duration::from_secs(2));
        chromium.run_away(
            "document.querySelector('#code').value = document.querySelector('.number').innerText; \
             document.querySelector('button').click()",
        );
        assert_eq!((chromium.text().as_str(), calls.of("early")), ("early done", 1));
        // For another browser, the link is used.
        chromium.context();
        chromium.open(&early_url);
        assert!(chromium.fits(390, "used") && chromium.fits(1280, "used"));
        chromium.open(&code_url);
        clock.pass(Duration::from_secs(2));
        chromium.run_away(CLICK);
        assert!(chromium.fits(390, "code") && chromium.fits(1280, "code"));
        chromium
    })
    .await
    .unwrap();

    // The browser that requested the link needs one click. Its `Origin` is accepted although the site's origin is not
    // configured.
    let subject = "asked";
    let (clock, calls, order) = (site.clock.clone(), site.calls.clone(), url("/order"));
    let cookie = web::block(move || {
        chromium.context();
        chromium.open(&order);
        let cookies = chromium.call("Network.getCookies", &json!({}));
        let cookie = cookies["cookies"][0].clone();
        assert_eq!((cookie["name"].as_str(), cookie["httpOnly"].as_bool()), (Some("otl-browser"), Some(true)));
        (chromium, format!("otl-browser={}", cookie["value"].as_str().unwrap()))
    });
    let (mut chromium, cookie) = cookie.await.unwrap();
    let request = actix_web::test::TestRequest::default().insert_header(("cookie", cookie)).to_http_request();
    let browser = site.links.browser(&request).unwrap();
    let click = site.issue(subject).browser(&browser).await.unwrap();
    let none = site.issue("none").browser(&browser).without_click().await.unwrap();
    let (click_url, none_url) = (url(click.path()), url(none.path()));
    web::block(move || {
        chromium.open(&click_url);
        clock.pass(Duration::from_secs(2));
        chromium.run_away(CLICK);
        assert_eq!((chromium.text().as_str(), calls.of(subject)), ("asked done", 1));
        // Without any click, by the script of the page.
        chromium.open(&none_url);
        clock.pass(Duration::from_secs(2));
        chromium.wait_for("Page.loadEventFired");
        assert_eq!((chromium.text().as_str(), calls.of("none")), ("none done", 1));
    })
    .await
    .unwrap();
}
