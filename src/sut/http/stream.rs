//! A socket as the HTTP library wants it, with TLS or without.

use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::ReadBufCursor;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::HttpError;
use super::socket::Socket;
use crate::config::HttpProtocol;

/// Most bytes per read.
const CHUNK: usize = 64 << 10;

/// Both directions of a connection.
pub struct Stream {
    socket: Rc<Socket>,
    tls: Option<Box<ClientConnection>>,
    /// What the library that wants a buffer of its own filled is given; empty until it asks.
    chunk: Vec<u8>,
}

/// What is trusted, and which protocol is asked for.
pub fn tls(protocol: HttpProtocol, authorities: Option<&Path>) -> Result<Arc<ClientConfig>, HttpError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = authorities {
        let unusable = |problem: String| HttpError::Authorities { path: path.to_owned(), problem };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        let mut added = 0;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            added += 1;
        }
        if added == 0 {
            return Err(unusable("it holds no certificate in PEM form".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| HttpError::Tls(error.to_string()))?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![match protocol {
        HttpProtocol::Http1 => b"http/1.1".to_vec(),
        HttpProtocol::Http2 => b"h2".to_vec(),
    }];
    Ok(Arc::new(config))
}

impl Stream {
    /// Without TLS.
    pub fn plain(socket: Rc<Socket>) -> Self {
        Self { socket, tls: None, chunk: Vec::new() }
    }

    /// With TLS, once both sides have agreed on it.
    pub async fn secure(socket: Rc<Socket>, config: Arc<ClientConfig>, host: &str) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("`{host}`: {error}"))?;
        let session = ClientConnection::new(config, name).map_err(|error| error.to_string())?;
        let mut stream = Self { tls: Some(Box::new(session)), ..Self::plain(socket) };
        std::future::poll_fn(|context| stream.poll_handshake(context)).await.map_err(explained)?;
        Ok(stream)
    }

    /// The protocol that both sides agreed on, if they did.
    pub fn protocol(&self) -> Option<&[u8]> {
        self.tls.as_ref()?.alpn_protocol()
    }

    /// Receives what is there.
    pub fn poll_receive(&mut self, context: &Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let Self { socket, tls, .. } = self;
        let Some(session) = tls else { return socket.poll_read(context, room) };
        loop {
            match session.reader().read(room) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(receive(session, socket, context))?;
                }
                result => return Poll::Ready(result),
            }
        }
    }

    /// Sends what there is room for. Of what is encrypted, some may be left: see [`Self::poll_sent`].
    pub fn poll_send(&mut self, context: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { socket, tls, .. } = self;
        let Some(session) = tls else { return socket.poll_write(context, bytes) };
        // What is due goes first, or it would pile up.
        ready!(send(session, socket, context))?;
        let count = session.writer().write(bytes)?;
        match send(session, socket, context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(count)),
        }
    }

    /// Ready when all that was sent has left.
    pub fn poll_sent(&mut self, context: &Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, tls, .. } = self;
        tls.as_mut().map_or(Poll::Ready(Ok(())), |session| send(session, socket, context))
    }

    fn poll_handshake(&mut self, context: &Context<'_>) -> Poll<io::Result<()>> {
        let Some(session) = &mut self.tls else { return Poll::Ready(Ok(())) };
        loop {
            ready!(send(session, &self.socket, context))?;
            if !session.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            if ready!(receive(session, &self.socket, context))? == 0 {
                return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
            }
        }
    }
}

/// What went wrong with TLS, for people.
fn explained(error: io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => format!(
            "{error}; if an authority of your own has signed it, name the file with the authority's certificate in the \
             environment variable SSL_CERT_FILE"
        ),
        Some(rustls::Error::InvalidMessage(_)) => format!("{error}; if the server does not speak TLS, write `http://`"),
        _ if error.kind() == ErrorKind::UnexpectedEof => {
            "the server closed the connection instead of agreeing on TLS; if it speaks none, write `http://`".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Sends the ciphertext that is due.
fn send(session: &mut ClientConnection, socket: &Socket, context: &Context<'_>) -> Poll<io::Result<()>> {
    while session.wants_write() {
        match session.write_tls(&mut Blocking { socket, context }) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Poll::Pending,
            result => drop(result?),
        }
    }
    Poll::Ready(Ok(()))
}

/// Takes in ciphertext; 0 is its end.
fn receive(session: &mut ClientConnection, socket: &Socket, context: &Context<'_>) -> Poll<io::Result<usize>> {
    let count = match session.read_tls(&mut Blocking { socket, context }) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Poll::Pending,
        result => result?,
    };
    let processed = session.process_new_packets();
    // An answer to what came in, the alert about something bad included, goes out as far as there is room.
    let sent = send(session, socket, context);
    processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    match sent {
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        _ => Poll::Ready(Ok(count)),
    }
}

/// A socket as the TLS library wants it. What is not there yet wakes the task when it is.
struct Blocking<'a, 'c> {
    socket: &'a Socket,
    context: &'a Context<'c>,
}

fn or_would_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

impl Read for Blocking<'_, '_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        or_would_block(self.socket.poll_read(self.context, room))
    }
}

impl Write for Blocking<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_would_block(self.socket.poll_write(self.context, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut chunk = std::mem::take(&mut this.chunk);
        chunk.resize(CHUNK, 0);
        let most = buffer.remaining().min(CHUNK);
        let received = this.poll_receive(context, chunk.get_mut(..most).unwrap_or_default());
        if let Poll::Ready(Ok(count)) = received {
            buffer.put_slice(chunk.get(..count).unwrap_or_default());
        }
        this.chunk = chunk;
        received.map_ok(drop)
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_sent(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { socket, tls, .. } = self.get_mut();
        if let Some(session) = tls {
            session.send_close_notify();
            ready!(send(session, socket, context))?;
        }
        Poll::Ready(socket.shut_down())
    }
}
