//! `git http-backend` as a CGI program (RFC 3875).

use std::io;
use std::process::{Command, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command as AsyncCommand};

use super::Call;
use super::repositories::{Repositories, bare_environment};
use crate::exchange::{Reply, Request};

/// Runs the backend for one request and reads its answer whole.
pub async fn run(repositories: &Repositories, call: &Call, request: &Request) -> Reply {
    let answer = answer(repositories, call, request).await;
    let mut reply = answer.unwrap_or_else(|error| Reply::text(500, format!("git http-backend: {error}")));
    reply.headers.extend(call.headers.iter().cloned());
    reply.user.clone_from(&call.user);
    reply
}

async fn answer(repositories: &Repositories, call: &Call, request: &Request) -> io::Result<Reply> {
    repositories.ensure(&call.key, &call.content)?;
    let child = AsyncCommand::from(command(repositories, call, request)).kill_on_drop(true).spawn()?;
    Ok(parse(&speak(child, request).await?))
}

async fn speak(mut child: Child, request: &Request) -> io::Result<Vec<u8>> {
    let body = request.body.clone();
    let stdin = child.stdin.take();
    // written beside the reading, else both pipes could fill and wait for each other
    let writing = tokio::spawn(async move {
        if let Some(mut stdin) = stdin {
            stdin.write_all(&body).await.ok();
        }
    });
    let output = child.wait_with_output().await?;
    writing.await.ok();
    Ok(output.stdout)
}

fn command(repositories: &Repositories, call: &Call, request: &Request) -> Command {
    let mut command = Command::new("git");
    bare_environment(&mut command, repositories.root());
    let path = format!("/{}.git{}", call.key.replace(':', "_"), call.tail);
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", repositories.root())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", request.query())
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let passed = [
        ("CONTENT_TYPE", request.header("content-type")),
        ("HTTP_CONTENT_ENCODING", request.header("content-encoding")),
        ("GIT_PROTOCOL", request.header("git-protocol")),
        ("REMOTE_USER", call.user.as_deref()),
    ];
    command.envs(passed.into_iter().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn parse(output: &[u8]) -> Reply {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else {
        return Reply::text(500, "git http-backend said nothing");
    };
    let mut reply = Reply::status(200);
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        match name {
            "Status" => reply.status = value.trim()[..3].parse().unwrap_or(500),
            name => reply = reply.header(name, value.trim()),
        }
    }
    reply.body = output[end + 4..].to_vec().into();
    reply
}
