//! TLS: whom to trust, and what to say about a server that speaks something else.

use perfgate::config::Http;
use perfgate::sut::{HttpSut, RoundSetting, Sut};

use super::serving::{Authority, Http1, Http2, Http2Act, ok};
use super::{counts, http2, impatient, one_by_one, patient, posting, service, users};

#[test]
fn http1_and_http2_over_tls() {
    let authority = Authority::new();
    let server = Http1::start_tls(authority.server(&["http/1.1"]), |_| ok("secret"));
    let url = format!("https://localhost:{}/", server.address.port());
    let mut sut = HttpSut::new(service(url), patient(), None).trusting(authority.file());
    assert_eq!(counts(&one_by_one(5).of(&mut sut).unwrap()), (5, 0));
    assert_eq!(server.connections(), 1);

    let server = Http2::start(Some(authority.server(&["h2"])), |_| Http2Act::Send("secret".to_owned()));
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    let mut sut = HttpSut::new(http2(url), patient(), None).trusting(authority.file());
    assert_eq!(counts(&users(4, 20).of(&mut sut).unwrap()), (20, 0));
    assert_eq!(server.connections(), 1);
}

#[test]
fn big_bodies_over_tls() {
    let authority = Authority::new();
    let body = "0123456789abcdef".repeat(200_000);
    let answer = body.clone();
    let server = Http1::start_tls(authority.server(&[]), move |_| ok(&answer));
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    let mut sut = HttpSut::new(posting(url, &body), patient(), None).trusting(authority.file());
    assert_eq!(counts(&one_by_one(2).of(&mut sut).unwrap()), (2, 0));
    assert!(server.seen().iter().all(|seen| seen.body == body));
}

#[test]
fn a_certificate_of_a_stranger_is_refused_with_a_hint() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = Http1::start_tls(authority.server(&[]), |_| ok(""));
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    let mut sut = HttpSut::new(service(url.clone()), patient(), None).trusting(stranger.file());
    let problem = sut.start(&RoundSetting::default()).unwrap_err().to_string();
    assert!(problem.starts_with(&format!("cannot connect to `{url}`: invalid peer certificate")), "{problem}");
    assert!(problem.contains("SSL_CERT_FILE"), "{problem}");
}

#[test]
fn a_server_without_tls_and_one_without_http2_are_told_apart() {
    let plain = Http1::start(|_| ok(""));
    let problem = |http: Http, authority: &Authority| {
        let mut sut = HttpSut::new(http, impatient(), None).trusting(authority.file());
        sut.start(&RoundSetting::default()).unwrap_err().to_string()
    };
    let authority = Authority::new();
    let told = problem(service(format!("https://{}/", plain.address)), &authority);
    assert!(told.ends_with("if it speaks none, write `http://`"), "{told}");
    let old = Http1::start_tls(authority.server(&[]), |_| ok(""));
    let told = problem(http2(format!("https://{}/", old.address)), &authority);
    assert!(told.contains("does not offer HTTP/2"), "{told}");
}

#[test]
fn a_file_without_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for file in [empty, folder.path().join("missing.pem")] {
        let mut sut = HttpSut::new(service("https://127.0.0.1:1/"), patient(), None).trusting(file.clone());
        let problem = sut.start(&RoundSetting::default()).unwrap_err().to_string();
        assert!(problem.contains(&file.display().to_string()) && problem.contains("SSL_CERT_FILE"), "{problem}");
    }
}
