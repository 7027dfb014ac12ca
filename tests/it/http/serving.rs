//! Small servers for tests of the HTTP driver: one of HTTP/1.1 by hand, so that it can misbehave, and one of HTTP/2.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use hyper::Response;
use hyper::body::Bytes;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

/// A request that a server has seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which it was, from 0.
    pub number: usize,
    /// Which it was on its connection, from 0.
    pub on_connection: usize,
    /// Its first line and headers, or method and path.
    pub head: String,
    pub body: String,
}

/// What to do about a request.
pub enum Act {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Send these bytes, then close the connection without having said so.
    SendAndClose(Vec<u8>),
    /// Never answer.
    Hang,
}

/// A server of HTTP/1.1. It listens until the value is dropped.
pub struct Http1 {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

/// A response of HTTP/1.1.
pub fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

/// The usual response, with this body.
pub fn ok(body: &str) -> Act {
    Act::Send(response("200 OK", "", body))
}

impl Http1 {
    pub fn start(behave: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::start_with(None, behave)
    }

    pub fn start_tls(tls: ServerConfig, behave: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::start_with(Some(Arc::new(tls)), behave)
    }

    fn start_with(tls: Option<Arc<ServerConfig>>, behave: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            connections: Arc::default(),
            is_over: Arc::default(),
        };
        let (seen, connections, is_over) = (server.seen.clone(), server.connections.clone(), server.is_over.clone());
        let behave = Arc::new(behave);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let stream = stream.unwrap();
                stream.set_nodelay(true).unwrap();
                connections.fetch_add(1, Ordering::Relaxed);
                let (seen, behave, tls) = (seen.clone(), behave.clone(), tls.clone());
                thread::spawn(move || match tls {
                    None => converse(stream, &seen, &*behave),
                    Some(tls) => {
                        let session = rustls::ServerConnection::new(tls).unwrap();
                        converse(rustls::StreamOwned::new(session, stream), &seen, &*behave);
                    }
                });
            }
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Connections that were accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Http1 {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // The thread looks up when somebody connects.
        let _ = TcpStream::connect(self.address);
    }
}

fn converse(stream: impl Read + Write, seen: &Mutex<Vec<Seen>>, behave: &dyn Fn(&Seen) -> Act) {
    let mut stream = BufReader::new(stream);
    for on_connection in 0.. {
        let Some((head, body)) = read_request(&mut stream) else { return };
        let request = {
            let mut seen = seen.lock().unwrap();
            let request = Seen { number: seen.len(), on_connection, head, body };
            seen.push(request.clone());
            request
        };
        // A client that is gone is no concern of the server's.
        match behave(&request) {
            Act::Send(bytes) => {
                let stream = stream.get_mut();
                if stream.write_all(&bytes).and_then(|()| stream.flush()).is_err() {
                    return;
                }
            }
            Act::SendAndClose(bytes) => {
                let stream = stream.get_mut();
                let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
                return;
            }
            Act::Hang => {
                let _ = stream.read_to_end(&mut Vec::new());
                return;
            }
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

/// What to do about a request of HTTP/2.
pub enum Http2Act {
    /// Answer with success and this body.
    Send(String),
    /// Keep it until so many are kept, then answer all of them.
    Gather(usize),
    /// Reset its stream.
    Reset,
    /// Answer, and say goodbye to the connection.
    SendAndLeave,
}

/// A server of HTTP/2, which is over when the value is dropped.
pub struct Http2 {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
    over: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Http2 {
    pub fn start(tls: Option<ServerConfig>, behave: impl Fn(&Seen) -> Http2Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (over, is_over) = tokio::sync::oneshot::channel();
        let address = listener.local_addr().unwrap();
        let server = Self { address, seen: Arc::default(), connections: Arc::default(), over: Some(over) };
        let (seen, connections) = (server.seen.clone(), server.connections.clone());
        let tls = tls.map(|config| tokio_rustls::TlsAcceptor::from(Arc::new(config)));
        let behave = Arc::new(behave);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.spawn(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    connections.fetch_add(1, Ordering::Relaxed);
                    let (seen, behave, tls) = (seen.clone(), behave.clone(), tls.clone());
                    tokio::spawn(async move {
                        match tls {
                            None => converse_http2(stream, &seen, &*behave).await,
                            Some(tls) => {
                                let Ok(stream) = tls.accept(stream).await else { return };
                                converse_http2(stream, &seen, &*behave).await;
                            }
                        }
                    });
                }
            });
            let _ = runtime.block_on(is_over);
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Connections that were accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        if let Some(over) = self.over.take() {
            // Nobody listens any more if the server has failed.
            let _ = over.send(());
        }
    }
}

async fn converse_http2(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    seen: &Mutex<Vec<Seen>>,
    behave: &(dyn Fn(&Seen) -> Http2Act + Send + Sync),
) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let mut kept = Vec::new();
    let mut on_connection = 0;
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let head = format!("{} {}", request.method(), request.uri());
        let request = {
            let mut seen = seen.lock().unwrap();
            let request = Seen { number: seen.len(), on_connection, head, body: String::new() };
            seen.push(request.clone());
            request
        };
        on_connection += 1;
        match behave(&request) {
            Http2Act::Send(body) => answer(&mut respond, body),
            Http2Act::Reset => respond.send_reset(h2::Reason::INTERNAL_ERROR),
            Http2Act::SendAndLeave => {
                answer(&mut respond, String::new());
                connection.graceful_shutdown();
            }
            Http2Act::Gather(count) => {
                kept.push(respond);
                if kept.len() == count {
                    kept.drain(..).for_each(|mut respond| answer(&mut respond, String::new()));
                }
            }
        }
    }
}

fn answer(respond: &mut h2::server::SendResponse<Bytes>, body: String) {
    let mut stream = respond.send_response(Response::new(()), body.is_empty()).unwrap();
    if !body.is_empty() {
        stream.send_data(body.into(), true).unwrap();
    }
}

/// An authority for a test, and what a server needs that it has signed.
pub struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    /// The file with its certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A server's side of TLS, for this machine, offering these protocols.
    pub fn server(&self, protocols: &[&str]) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}
