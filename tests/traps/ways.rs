//! The ways to a bucket: its own certificate, proxies, the one who reads pays, access points, keys that are refused (R116, R118).

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::bucket_traps::{Stand, empty, silent, stand, text, usual};
use crate::desk::{NEW, OLD, hours_ago, key};
use crate::support::bucket::{Ask, Bucket, Fault};

fn variable(stand: &mut Stand, name: &'static str, value: impl Into<String>) {
    stand.desk.variables.retain(|(there, _)| *there != name);
    stand.desk.variables.push((name, value.into()));
}

fn behind_tls() -> Stand {
    let stand = empty(Bucket::start_tls());
    stand.bucket.put(&key(OLD), stand.healthy(), &hours_ago(3).to_string());
    stand
}

/// Trap R116: a certificate that no authority of this machine signed.
/// Quiet R116: the certificate is in AWS_CA_BUNDLE, or in ca_bundle of the profile.
#[test]
fn an_endpoint_with_a_certificate_of_its_own() {
    let mut stand = behind_tls();
    let found = stand.refused(&usual(&key(OLD)), "R116");
    assert!(text(&found, "detail").contains("No secure connection"), "{found}");
    assert!(text(&found, "remedy").contains("AWS_CA_BUNDLE"), "{found}");
    assert!(stand.bucket.log().is_empty(), "nothing was told to somebody unknown");
    let home = stand.desk.root.parent().unwrap().to_owned();
    let bundle = home.join("own.pem");
    std::fs::write(&bundle, stand.bucket.certificate()).unwrap();
    variable(&mut stand, "AWS_CA_BUNDLE", bundle.display().to_string());
    silent(&stand.planned(&usual(&key(OLD))), "R116");

    std::fs::remove_dir_all(&stand.desk.state).unwrap();
    stand.desk.variables.retain(|(name, _)| *name != "AWS_CA_BUNDLE");
    let config = home.join("aws-config");
    std::fs::write(&config, format!("[default]\nca_bundle = {}\n", bundle.display())).unwrap();
    variable(&mut stand, "AWS_CONFIG_FILE", config.display().to_string());
    silent(&stand.planned(&usual(&key(OLD))), "R116");
    // A bundle that is not there is said with its path.
    std::fs::remove_file(&bundle).unwrap();
    let found = stand.refused(&usual(&key(OLD)), "R117");
    assert!(text(&found, "detail").contains("own.pem"), "{found}");
}

#[test]
fn a_proxy_is_used_where_the_environment_names_one() {
    let mut stand = stand();
    // A name that leads nowhere: only the proxy can know it.
    variable(&mut stand, "RESEAT_ENDPOINT_URL", "http://s3.nowhere.invalid");
    stand.refused(&usual(&key(OLD)), "R116");
    let proxy = stand.bucket.endpoint();
    variable(&mut stand, "HTTP_PROXY", proxy);
    stand.planned(&usual(&key(OLD)));
    let log = stand.bucket.log();
    assert!(!log.is_empty() && log.iter().all(|request| request.proxied), "{log:?}");
    assert!(log.iter().all(|request| request.host.starts_with("s3.nowhere.invalid")), "{log:?}");
    // NO_PROXY takes the name out again.
    variable(&mut stand, "NO_PROXY", "nowhere.invalid");
    stand.bucket.clear_log();
    std::fs::remove_dir_all(&stand.desk.state).unwrap();
    stand.refused(&usual(&key(OLD)), "R116");
    assert!(stand.bucket.log().is_empty());
}

/// A proxy that connects every name with one server, and notes what it was asked.
fn tunnel(to: SocketAddr) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let notes = Arc::clone(&notes);
            std::thread::spawn(move || through(client, to, &notes));
        }
    });
    (address, asked)
}

fn through(mut client: TcpStream, to: SocketAddr, notes: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    notes.lock().unwrap().push(String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned());
    let mut server = TcpStream::connect(to).unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Write);
}

#[test]
fn a_proxy_for_tls_only_passes_it_on() {
    let mut stand = behind_tls();
    let bundle = stand.desk.root.parent().unwrap().join("own.pem");
    std::fs::write(&bundle, stand.bucket.certificate()).unwrap();
    variable(&mut stand, "AWS_CA_BUNDLE", bundle.display().to_string());
    let server = stand.bucket.endpoint().trim_start_matches("https://").parse().unwrap();
    let (proxy, asked) = tunnel(server);
    variable(&mut stand, "HTTPS_PROXY", proxy);
    // The name of the certificate, at a port where nobody listens: only the proxy leads to the server.
    variable(&mut stand, "RESEAT_ENDPOINT_URL", "https://localhost:9");
    variable(&mut stand, "NO_PROXY", "elsewhere.invalid");
    stand.planned(&usual(&key(OLD)));
    let asked = asked.lock().unwrap();
    assert!(!asked.is_empty() && asked.iter().all(|line| line == "CONNECT localhost:9 HTTP/1.1"), "{asked:?}");
}

/// Trap R118: the one who reads pays; a key of the customer; a key in KMS; only an access point may be used.
/// Quiet R118: with --requester-pays every request says so, and S3 gives it out.
#[test]
fn a_bucket_that_wants_one_more_setting() {
    let stand = stand();
    stand.bucket.requester_pays();
    let found = stand.refused(&usual(&key(OLD)), "R118");
    assert_eq!(text(&found, "severity"), "block");
    assert!(text(&found, "remedy").contains("--requester-pays"), "{found}");
    stand.bucket.clear_log();
    silent(&stand.planned(&[&key(OLD), "--new-connector", NEW, "--requester-pays"]), "R118");
    let log = stand.bucket.log();
    assert!(log.iter().all(|request| request.payer.as_deref() == Some("requester")), "{log:?}");

    let stand = self::stand();
    let sse = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided.";
    let kms = "User is not authorized to perform: kms:Decrypt on the resource";
    let point = "This bucket must be read through an access point";
    for (fault, detail, remedy) in [
        (Fault::Said(400, "InvalidRequest", sse), "SSE-C", "copy the object"),
        (Fault::Said(403, "AccessDenied", kms), "kms:Decrypt", "kms:Decrypt"),
        (Fault::Said(403, "AccessDenied", point), "access point", "--source s3://arn:aws:s3:"),
    ] {
        stand.bucket.heal();
        stand.bucket.fail(Ask::Any, 1000, fault);
        let found = stand.refused(&usual(&key(OLD)), "R118");
        assert!(text(&found, "detail").contains(detail) && text(&found, "remedy").contains(remedy), "{found}");
    }
}

#[test]
fn the_setting_that_the_one_who_reads_pays_can_be_configured() {
    let mut stand = stand();
    stand.bucket.requester_pays();
    variable(&mut stand, "RESEAT_REQUESTER_PAYS", "true");
    stand.planned(&usual(&key(OLD)));
    std::fs::remove_dir_all(&stand.desk.state).unwrap();
    let config = stand.desk.root.parent().unwrap().join("config.toml");
    let endpoint = stand.bucket.endpoint();
    let environment = |pays: bool| {
        let text = format!(
            "[environments.prod]\nbucket = \"backups\"\nendpoint_url = \"{endpoint}\"\nrequester_pays = {pays}\n"
        );
        std::fs::write(&config, text).unwrap();
    };
    stand.desk.variables.retain(|(name, _)| *name != "RESEAT_REQUESTER_PAYS");
    variable(&mut stand, "RESEAT_CONFIG", config.display().to_string());
    let words = [&key(OLD), "--new-connector", NEW, "--environment", "prod"];
    environment(false);
    stand.refused(&words, "R118");
    environment(true);
    stand.planned(&words);
    variable(&mut stand, "RESEAT_REQUESTER_PAYS", "perhaps");
    let ran = stand.desk.reseat(&["list"]).is(2);
    assert!(ran.stderr.contains("RESEAT_REQUESTER_PAYS: it is true or false"), "{}", ran.stderr);
}

/// Quiet R118: the ARN of an access point stands in the place of the bucket, in the source and in an address.
#[test]
fn an_access_point_by_its_arn() {
    let mut stand = stand();
    stand.bucket.access_point("backups-ro-123456789012");
    let arn = "arn:aws:s3:eu-central-1:123456789012:accesspoint/backups-ro";
    // The access point is a part of the server's name, which only the proxy knows here.
    variable(&mut stand, "RESEAT_ENDPOINT_URL", "http://s3.nowhere.invalid");
    let proxy = stand.bucket.endpoint();
    variable(&mut stand, "HTTP_PROXY", proxy);
    variable(&mut stand, "AWS_REGION", "us-east-1");
    stand.desk.source = format!("s3://{arn}");
    silent(&stand.planned(&usual(&key(OLD))), "R118");
    let log = stand.bucket.log();
    let host = "backups-ro-123456789012.s3.nowhere.invalid";
    assert!(!log.is_empty() && log.iter().all(|request| request.host.starts_with(host)), "{log:?}");
    let listed = stand.desk.reseat(&["list", "--json"]).is(0).lines();
    assert_eq!(listed.len(), 1);
    let address = format!("s3://{arn}/{}", key(OLD));
    assert_eq!(stand.planned(&usual(&address))["verdict"], "ok");
    // Below a prefix of the access point, and what is archived there.
    stand.desk.source = format!("s3://{arn}/moved");
    let below = format!("moved/{}", key(OLD));
    stand.bucket.put(&below, stand.healthy(), &hours_ago(3).to_string());
    assert_eq!(stand.planned(&usual(&key(OLD)))["verdict"], "ok");
    stand.bucket.put(&below, vec![1; 9], &hours_ago(3).to_string());
    stand.bucket.change(&below, |stored| stored.storage_class = Some("GLACIER".to_owned()));
    let found = stand.refused(&usual(&key(OLD)), "R107");
    assert!(text(&found, "remedy").contains(&format!("--bucket {arn} --key {below} --region eu-central-1")), "{found}");
    // An ARN that is none of one region's access point.
    for wrong in ["arn:aws:s3:::backups", "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"] {
        stand.desk.source = format!("s3://{wrong}");
        let found = stand.refused(&usual(&key(OLD)), "R117");
        assert!(text(&found, "detail").contains("access point"), "{found}");
    }
}
