//! Git LFS for either product: the batch call and basic transfers, objects kept in memory.
//! The caller has been judged already; transfers are let in by their own short-lived header.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;

use crate::exchange::{Reply, Request};
use crate::git::Service;
use crate::mint::Mint;

const MEDIA: &str = "application/vnd.git-lfs+json";
const BATCH: &str = "/info/lfs/objects/batch";
const STORAGE: &str = "/info/lfs/storage/";

/// The objects of one site.
#[derive(Debug, Default)]
pub struct Lfs {
    objects: HashMap<String, Vec<u8>>,
    mint: Mint,
}

/// Whether the path is the batch call.
pub fn is_batch(tail: &str) -> bool {
    tail == BATCH
}

/// Whether the path is an object.
pub fn is_transfer(tail: &str) -> bool {
    tail.starts_with(STORAGE)
}

/// Whether the batch call reads or writes.
pub fn service(request: &Request) -> Service {
    match request.json()["operation"].as_str() {
        Some("upload") => Service::Write,
        _ => Service::Read,
    }
}

/// The refusal of a caller without a credential.
pub fn anonymous(realm: &str, forbidden: bool) -> Reply {
    let body = json!({"message": "Credentials needed"}).to_string();
    let challenge = format!("Basic realm=\"{realm}\"");
    match forbidden {
        true => Reply::typed(403, MEDIA, body),
        false => {
            Reply::typed(401, MEDIA, body).header("LFS-Authenticate", &challenge).header("WWW-Authenticate", &challenge)
        }
    }
}

impl Lfs {
    /// Answers the batch call, or the verification of locks.
    pub fn answer(&mut self, request: &Request, repo: &str, tail: &str, user: Option<&str>) -> Reply {
        let body = match tail {
            BATCH => self.batch(request, repo),
            "/info/lfs/locks/verify" => json!({"ours": [], "theirs": []}),
            _ => return Reply::typed(404, MEDIA, json!({"message": "Not found"}).to_string()),
        };
        let reply = Reply::typed(200, MEDIA, body.to_string());
        user.map_or(reply.clone(), |user| reply.served(user))
    }

    fn batch(&mut self, request: &Request, repo: &str) -> Value {
        let asked = request.json();
        let pass = self.mint.word("", "lfstransfer", 40);
        let objects = asked["objects"].as_array().cloned().unwrap_or_default();
        let upload = asked["operation"] == "upload";
        let answers: Vec<Value> = objects
            .iter()
            .map(|object| self.object(object, upload, &format!("{}://{}{repo}", request.scheme, request.host), &pass))
            .collect();
        json!({"transfer": "basic", "objects": answers})
    }

    fn object(&self, object: &Value, upload: bool, base: &str, pass: &str) -> Value {
        let mut answer = object.clone();
        let oid = object["oid"].as_str().unwrap_or_default();
        let header = json!({"Authorization": format!("Bearer {pass}")});
        let action = json!({"href": format!("{base}{STORAGE}{oid}"), "header": header});
        match (upload, self.objects.contains_key(oid)) {
            (true, true) => {}
            (true, false) => answer["actions"] = json!({"upload": action}),
            (false, true) => answer["actions"] = json!({"download": action}),
            (false, false) => answer["error"] = json!({"code": 404, "message": "Object does not exist"}),
        }
        answer
    }

    /// Answers an upload or a download.
    pub fn transfer(&mut self, request: &Request, tail: &str) -> Reply {
        let oid = tail.trim_start_matches(STORAGE);
        let pass = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if !pass.is_some_and(|pass| self.mint.made().iter().any(|made| made == pass)) {
            return Reply::status(403);
        }
        match (request.method.as_str(), self.objects.get(oid)) {
            ("PUT", _) if hex(&Sha256::digest(&request.body)) == oid => {
                self.objects.insert(oid.to_owned(), request.body.to_vec());
                Reply::status(200)
            }
            ("PUT", _) => Reply::status(422),
            (_, Some(object)) => Reply::typed(200, "application/octet-stream", object.clone()),
            (_, None) => Reply::status(404),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}
