//! The guide: one chapter for each task. The chapters are the files of `docs/guide`, so their examples are tested.
#![allow(unused_imports, reason = "links in the chapters are resolved in these modules")]

macro_rules! chapters {
    ($($(#[$attribute:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$attribute])*
        pub mod $name {
            #![doc = include_str!($file)]
            use crate::*;
        }
    )*};
}

chapters! {
    behind_a_proxy = "../docs/guide/behind_a_proxy.md";
    #[cfg(feature = "canary")]
    canaries = "../docs/guide/canaries.md";
    catalog = "../docs/guide/catalog.md";
    command = "../docs/guide/command.md";
    configuration = "../docs/guide/configuration.md";
    decoys = "../docs/guide/decoys.md";
    find_your_scanners = "../docs/guide/find_your_scanners.md";
    identity = "../docs/guide/identity.md";
    #[cfg(feature = "discovery")]
    live_discovery = "../docs/guide/live_discovery.md";
    lists = "../docs/guide/lists.md";
    #[cfg(all(feature = "discovery", feature = "redis"))]
    many_instances = "../docs/guide/many_instances.md";
    middleware = "../docs/guide/middleware.md";
    #[cfg(all(feature = "one-time", feature = "redis"))]
    one_time_links = "../docs/guide/one_time_links.md";
    #[cfg(feature = "watch")]
    operations = "../docs/guide/operations.md";
    recipes = "../docs/guide/recipes.md";
    #[cfg(feature = "web-bot-auth")]
    signed_requests = "../docs/guide/signed_requests.md";
}
