//! The HTTP side of [`super::Bucket`]: the log, the script, the region, the clock.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hyper_util::rt::TokioIo;
use s3s::Body;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::store::{Auth, Store};
use super::{Ask, Fault, NAME, Request, State, lock};

pub(super) type Shared = Arc<Mutex<State>>;

/// Runs the server on a thread of its own.
pub(super) fn start(
    state: Shared,
    tls: Option<TlsAcceptor>,
) -> (SocketAddr, tokio::sync::oneshot::Sender<()>, std::thread::JoinHandle<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("nonblocking");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            tokio::select! {
                () = serve(listener, state, tls) => {}
                _ = stopped => {}
            }
        });
    });
    (address, stop, thread)
}

/// TLS with this certificate.
pub(super) fn acceptor(tls: &rcgen::CertifiedKey<rcgen::KeyPair>) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(tls.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![tls.cert.der().clone()], key).expect("a key")))
}

async fn serve(listener: tokio::net::TcpListener, state: Shared, tls: Option<TlsAcceptor>) {
    let mut builder = s3s::service::S3ServiceBuilder::new(Store(Arc::clone(&state)));
    builder.set_auth(Auth(Arc::clone(&state)));
    let inner = builder.build();
    // For what is not signed any more, as its address was changed here.
    let open = s3s::service::S3ServiceBuilder::new(Store(Arc::clone(&state))).build();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let (state, inner, open, tls) = (Arc::clone(&state), inner.clone(), open.clone(), tls.clone());
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let (state, inner, open) = (Arc::clone(&state), inner.clone(), open.clone());
            async move { answer(&state, inner, open, request).await }
        });
        tokio::spawn(async move {
            let server = hyper::server::conn::http1::Builder::new();
            match tls {
                None => drop(server.serve_connection(TokioIo::new(socket), service).await),
                Some(tls) => {
                    if let Ok(socket) = tls.accept(socket).await {
                        drop(server.serve_connection(TokioIo::new(socket), service).await);
                    }
                }
            }
        });
    }
}

/// Logs a request, and answers it: by the script, by the region, by the clock, or by the store.
async fn answer(
    state: &Shared,
    inner: s3s::service::S3Service,
    open: s3s::service::S3Service,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Body>, std::io::Error> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let host = header("host").unwrap_or_default();
    let point = lock(state).access_point.clone();
    let of_point = point.is_some_and(|point| host.split('.').next() == Some(point.as_str()));
    let path = request.uri().path().to_owned();
    let path = if of_point { format!("/{NAME}{path}") } else { path };
    let key = path.strip_prefix(&format!("/{NAME}/")).unwrap_or_default().to_owned();
    let ask = match (request.method(), key.is_empty()) {
        (&http::Method::HEAD, _) => Ask::Head,
        (_, true) if query.split('&').any(|word| word == "versions" || word == "versions=") => Ask::Versions,
        (_, true) => Ask::List,
        _ => Ask::Get,
    };
    let signed_for = header("authorization").and_then(|text| text.split('/').nth(2).map(str::to_owned));
    let (fault, region, skew, unpaid) = {
        let mut state = lock(state);
        state.log.push(Request {
            method: request.method().to_string(),
            path: path.clone(),
            query: query.clone(),
            payer: header("x-amz-request-payer"),
            host,
            proxied: request.uri().authority().is_some(),
            range: header("range"),
            if_match: header("if-match"),
            key,
            at: std::time::Instant::now(),
        });
        let unpaid = state.requester_pays && header("x-amz-request-payer").as_deref() != Some("requester");
        (next_fault(&mut state, ask, header("range").as_deref(), false), state.region.clone(), state.skew, unpaid)
    };
    let head = request.method() == http::Method::HEAD;
    match fault {
        Some(Fault::Status(status, code)) => return Ok(refusal(head, status, code, "scripted", skew)),
        Some(Fault::Said(status, code, message)) => return Ok(refusal(head, status, code, message, skew)),
        Some(Fault::Busy(seconds)) => {
            let mut response = refusal(head, 503, "SlowDown", "Please reduce your request rate.", skew);
            response.headers_mut().insert("retry-after", seconds.into());
            return Ok(response);
        }
        Some(Fault::Elsewhere(address)) => {
            let mut response = refusal(head, 307, "TemporaryRedirect", "Please go there.", skew);
            response.headers_mut().insert("location", address.parse().expect("an address"));
            return Ok(response);
        }
        Some(Fault::Hangup) => return Err(std::io::Error::other("scripted")),
        Some(Fault::Late(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    if unpaid {
        return Ok(refusal(head, 403, "AccessDenied", "Access Denied: the bucket is a Requester Pays bucket.", skew));
    }
    if skew.abs() > 900 {
        return Ok(refusal(
            head,
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the server's time is too large.",
            skew,
        ));
    }
    if signed_for.is_some_and(|signed| signed != region) {
        let mut response = refusal(head, 301, "PermanentRedirect", "The bucket is in another region.", skew);
        response.headers_mut().insert("x-amz-bucket-region", region.parse().expect("a region"));
        return Ok(response);
    }
    let (service, request) = if of_point { (open, unsigned(request, &path, &query)) } else { (inner, request) };
    let mut response = hyper::service::Service::call(&service, request).await.map_err(std::io::Error::other)?;
    dated(&mut response, skew);
    Ok(response)
}

/// A request to an access point as one to the bucket. What was signed is another address, so the signature goes.
fn unsigned(
    mut request: http::Request<hyper::body::Incoming>,
    path: &str,
    query: &str,
) -> http::Request<hyper::body::Incoming> {
    *request.uri_mut() = format!("{path}?{query}").parse().expect("an address");
    request.headers_mut().remove("authorization");
    request.headers_mut().insert("host", "127.0.0.1".parse().expect("a host"));
    request
}

/// Takes the next fault of the script that fits: of the body (answered by the store), or of the whole answer.
pub(super) fn next_fault(state: &mut State, ask: Ask, range: Option<&str>, of_body: bool) -> Option<Fault> {
    let is_of_body = |fault: &Fault| {
        use Fault::{Cut, Flip, Padded, Short, Slow, Stall, Whole};
        matches!(fault, Cut(_) | Stall(_) | Slow(_) | Flip(_) | Short(_) | Padded(_) | Whole)
    };
    let start = range.and_then(|range| range.trim_start_matches("bytes=").split('-').next()?.parse::<u64>().ok());
    let begins = |within: &Option<std::ops::Range<u64>>| {
        within.as_ref().is_none_or(|within| start.is_some_and(|start| within.contains(&start)))
    };
    let fits = |fault: &Fault| is_of_body(fault) == of_body;
    for scripted in &mut state.script {
        if (scripted.ask == ask || scripted.ask == Ask::Any)
            && scripted.times > 0
            && fits(&scripted.fault)
            && begins(&scripted.within)
        {
            if scripted.after > 0 {
                scripted.after -= 1;
                return None;
            }
            scripted.times -= 1;
            return Some(scripted.fault.clone());
        }
    }
    None
}

fn dated(response: &mut http::Response<Body>, skew: i64) {
    let now = reseat::world::World::real().now() + jiff::SignedDuration::from_secs(skew);
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().insert("date", date.parse().expect("a date"));
}

fn refusal(head: bool, status: u16, code: &str, message: &str, skew: i64) -> http::Response<Body> {
    let xml = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = if head { Body::empty() } else { Body::from(xml) };
    let mut response = http::Response::builder()
        .status(status)
        .header("content-type", "application/xml")
        .body(body)
        .expect("a response");
    dated(&mut response, skew);
    response
}
