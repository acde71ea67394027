//! The pages a person sees in the browser: consent, and what went wrong.
//! Plain HTML; every text from outside is escaped.

use super::Client;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#f4f5f7;color:#172b4d}\
main{max-width:28rem;margin:4rem auto;background:#fff;padding:2rem;border-radius:8px;\
box-shadow:0 1px 4px #0003}button{font:inherit;padding:.5rem 1.2rem;border:0;border-radius:4px;\
background:#dfe1e6;cursor:pointer}button.yes{background:#0052cc;color:#fff}";

/// Asks the signed-in user to let the client in; the form goes back to `action`.
pub fn consent(client: &Client, user: &str, scopes: &[String], action: &str) -> String {
    let list: String = scopes.iter().map(|scope| format!("<li>{}</li>", escape(scope))).collect();
    let (name, user, action) = (escape(&client.name), escape(user), escape(action));
    page(
        "Grant access",
        &format!(
            "<h1>Grant access to {name}?</h1><p>Signed in as <strong>{user}</strong>. \
             {name} would be allowed:</p><ul>{list}</ul>\
             <form method=\"post\" action=\"{action}\">\
             <button class=\"yes\" name=\"decision\" value=\"allow\">Grant access</button> \
             <button name=\"decision\" value=\"deny\">Cancel</button></form>"
        ),
    )
}

/// Tells what is wrong; the client hears nothing of it.
pub fn problem(title: &str, text: &str) -> String {
    let (heading, text) = (escape(title), escape(text));
    page(title, &format!("<h1>{heading}</h1><p>{text}</p>"))
}

/// A page of the site.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{} — Bitbucket</title>\
         <style>{STYLE}</style><main>{body}</main></html>\n",
        escape(title)
    )
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
