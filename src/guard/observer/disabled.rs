//! Replaces discovery in builds without the feature.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use ipnet::IpNet;

use crate::decision::Decision;
use crate::live::Snapshot;

/// There is never a record.
pub(super) enum Watched {}

/// No request is recorded.
pub(super) enum Working {}

impl Watched {
    pub(super) fn working(&self) -> Working {
        match *self {}
    }

    pub(super) fn answered(self, _: StatusCode) {
        match self {}
    }
}

pub(super) fn note(_: &Snapshot, _: &ServiceRequest, _: &Decision) -> Option<Watched> {
    None
}

pub(super) fn discovered(_: &Snapshot, _: &Decision) -> Option<(IpAddr, IpNet)> {
    None
}
