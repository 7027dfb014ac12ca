//! GitHub Enterprise with a certificate of its own.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::Gate;
use crate::http::serving::{Act, Authority, Http1, Seen};
use crate::support::Said;

/// TLS in front of the gate's GitHub.
fn secured(gate: &Gate, authority: &Authority) -> Http1 {
    let address = gate.github.url().trim_start_matches("http://").to_owned();
    Http1::start_tls(authority.server(&[]), move |seen: &Seen| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(format!("{}{}", seen.head, seen.body).as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Act::SendAndClose(answer)
    })
}

fn comment(gate: &Gate, server: &Http1, trusted: &Authority) -> Said {
    let mut command = gate.command(&["slower.json"]);
    command.env("GITHUB_API_URL", format!("https://localhost:{}", server.address.port()));
    Said::from(command.env("SSL_CERT_FILE", trusted.file()).output().unwrap()).without_secrets()
}

#[test]
fn a_certificate_of_the_enterprise_is_trusted_if_it_is_named() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    let authority = Authority::new();
    let server = secured(&gate, &authority);
    comment(&gate, &server, &authority).expect(0);
    assert!(gate.only().body.contains("slower"));
}

#[test]
fn a_stranger_s_certificate_is_refused_at_once() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    let server = secured(&gate, &Authority::new());
    let said = comment(&gate, &server, &Authority::new()).expect(4);
    said.err_has("certificate");
    said.err_has("SSL_CERT_FILE");
    said.err_has("(tried once)");
    assert_eq!(gate.github.state().requests, []);
}
