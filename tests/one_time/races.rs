//! Two processes with one Redis server, which dies in the middle: both want to use 10,000 links, and each link is used
//! once.
//!
//! The processes are this test program, started again to run the test `racer` with an address in its environment.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use actix_scanner_guard::one_time::{self, Confirmed, Links, RedisStore};
use actix_scanner_guard::redis::RedisSettings;
use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpResponse, web};

use crate::redis_server::Running;
use crate::site::{Clock, SECRET};

const RACES: usize = 10_000;
/// Requests of one process at the same time.
const TASKS: usize = 50;

fn links(url: &str, clock: &Clock) -> Links {
    let settings = RedisSettings::from_url(url).unwrap().response_timeout(Duration::from_secs(5));
    Links::new(SECRET, RedisStore::new(settings).unwrap()).unwrap().clock(clock.read()).early_window(Duration::ZERO)
}

/// Runs this number of tasks, which divide the numbers below `RACES` among them.
async fn share<F: Future<Output = ()> + 'static>(task: impl Fn(usize) -> F + Clone + 'static) {
    let next = Rc::new(Cell::new(0));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (next, task) = (Rc::clone(&next), task.clone());
            actix_web::rt::spawn(async move {
                while next.get() < RACES {
                    next.set(next.get() + 1);
                    task(next.get() - 1).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Writes the owner of the link in one call, so that no part is lost.
async fn confirm(confirmed: Confirmed, uses: web::Data<std::fs::File>) -> HttpResponse {
    (&**uses).write_all(format!("{}\n", confirmed.subject()).as_bytes()).unwrap();
    HttpResponse::Ok().body("done")
}

/// One of the two processes. It tries each link in turn, until it has used the link or the link is used.
#[actix_web::test]
async fn racer() {
    let Ok(url) = std::env::var("ONE_TIME_RACER") else { return };
    let folder = std::env::var("ONE_TIME_FOLDER").unwrap();
    let paths: Vec<String> =
        std::fs::read_to_string(Path::new(&folder).join("paths")).unwrap().lines().map(str::to_owned).collect();
    let uses = std::fs::File::create(Path::new(&folder).join(std::env::var("ONE_TIME_NAME").unwrap())).unwrap();
    let clock = Clock::new();
    let app = App::new()
        .app_data(web::Data::new(links(&url, &clock)))
        .app_data(web::Data::new(uses))
        .service(one_time::scope("/confirm", confirm));
    let app = Rc::new(init_service(app).await);
    let paths = Rc::new(paths);
    share(move |number| {
        let (app, paths, clock) = (Rc::clone(&app), Rc::clone(&paths), clock.clone());
        async move {
            let path = &paths[number];
            let request = |request: TestRequest| request.uri(path).insert_header(("host", "shop.example"));
            let (cookie, nonce) = loop {
                let response: ServiceResponse = call_service(&*app, request(TestRequest::get()).to_request()).await;
                match response.status().as_u16() {
                    200 => {
                        let cookie = response.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
                        let page = String::from_utf8(read_body(response).await.to_vec()).unwrap();
                        let nonce = page.split("name=\"nonce\" value=\"").nth(1).unwrap().split('"').next().unwrap();
                        break (cookie.split(';').next().unwrap().to_owned(), nonce.to_owned());
                    }
                    410 => return,
                    503 => actix_web::rt::time::sleep(Duration::from_millis(20)).await,
                    status => panic!("{path}: GET {status}"),
                }
            };
            clock.pass(Duration::from_secs(1));
            loop {
                let post = request(TestRequest::post())
                    .insert_header(("origin", "https://shop.example"))
                    .insert_header(("cookie", cookie.as_str()))
                    .set_payload(format!("nonce={nonce}"));
                let response: ServiceResponse = call_service(&*app, post.to_request()).await;
                match response.status().as_u16() {
                    200 | 410 => return,
                    409 | 503 => actix_web::rt::time::sleep(Duration::from_millis(20)).await,
                    status => panic!("{path}: POST {status}"),
                }
            }
        }
    })
    .await;
}

fn racer_process(url: &str, folder: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "races::racer", "--nocapture"])
        .env("ONE_TIME_RACER", url)
        .env("ONE_TIME_FOLDER", folder)
        .env("ONE_TIME_NAME", name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The number of uses of each link, by both processes.
fn uses(folder: &Path) -> HashMap<String, usize> {
    let mut uses = HashMap::new();
    for name in ["one", "other"] {
        for subject in std::fs::read_to_string(folder.join(name)).unwrap_or_default().lines() {
            *uses.entry(subject.to_owned()).or_default() += 1;
        }
    }
    uses
}

#[actix_web::test]
async fn two_processes_use_each_link_once_though_the_server_dies() {
    let Some(mut server) = Running::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let issuing = Rc::new(links(&server.url(), &Clock::new()));
    let issued = Rc::new(std::cell::RefCell::new(vec![String::new(); RACES]));
    let paths = Rc::clone(&issued);
    share(move |number| {
        let (links, paths) = (Rc::clone(&issuing), Rc::clone(&paths));
        async move {
            let link = links.issue("race", number.to_string(), Duration::from_secs(3_600)).await.unwrap();
            paths.borrow_mut()[number] = link.path().to_owned();
        }
    })
    .await;
    std::fs::write(folder.path().join("paths"), issued.borrow().join("\n")).unwrap();
    let mut racers = ["one", "other"].map(|name| racer_process(&server.url(), folder.path(), name));
    while uses(folder.path()).len() < RACES / 3 {
        assert!(racers.iter_mut().all(|racer| racer.try_wait().unwrap().is_none()), "a process ended early");
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    server.kill();
    server.restart();
    for mut racer in racers {
        assert!(racer.wait().unwrap().success());
    }
    let uses = uses(folder.path());
    let twice: Vec<_> = uses.iter().filter(|(_, times)| **times != 1).collect();
    assert!(uses.len() == RACES && twice.is_empty(), "{} used, more than once: {twice:?}", uses.len());
    // Both used some links.
    for name in ["one", "other"] {
        let share = std::fs::read_to_string(folder.path().join(name)).unwrap().lines().count();
        assert!(share > RACES / 100, "{name}: {share}");
    }
}
