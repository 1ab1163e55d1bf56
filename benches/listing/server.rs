//! A bucket that only lists, as fast as bytes can be copied: what every object has in the XML is rendered before the first
//! request, so that a page is one slice between a head and a foot.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::{BUCKET, LEVEL};

/// What one bucket holds.
struct Bucket {
    keys: Vec<String>,
    current: Rendered,
    versions: Rendered,
}

/// The XML of all objects, and where each begins.
struct Rendered {
    xml: String,
    at: Vec<usize>,
}

impl Rendered {
    fn new(keys: &[String], one: impl Fn(&mut String, usize, &str)) -> Self {
        let (mut xml, mut at) = (String::new(), Vec::with_capacity(keys.len() + 1));
        for (number, key) in keys.iter().enumerate() {
            at.push(xml.len());
            one(&mut xml, number, key);
        }
        at.push(xml.len());
        Self { xml, at }
    }
}

impl Bucket {
    fn new(keys: Vec<String>) -> Self {
        let rest = |number: usize| {
            format!(
                "<LastModified>2026-11-17T02:{:02}:00.000Z</LastModified><ETag>&quot;{number:032x}&quot;</ETag>\
                 <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
                 <Size>{}</Size><StorageClass>STANDARD</StorageClass>",
                number % 60,
                98_304 + number
            )
        };
        let current = Rendered::new(&keys, |xml, number, key| {
            let _ = write!(xml, "<Contents><Key>{key}</Key>{}</Contents>", rest(number));
        });
        // One in a thousand lies behind a delete marker that is listed with the versions only.
        let versions = Rendered::new(&keys, |xml, number, key| {
            let latest = number % 1_000 != 999;
            let _ = write!(
                xml,
                "<Version><Key>{key}</Key><VersionId>v{number:031}</VersionId><IsLatest>{latest}</IsLatest>{}</Version>",
                rest(number)
            );
        });
        Self { keys, current, versions }
    }

    /// What a request for a list is answered.
    fn list(&self, query: &str) -> String {
        let value = |name: &str| {
            let found = query.split('&').filter_map(|word| word.split_once('='));
            let found = found.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value);
            found.unwrap_or_default().replace("%2F", "/").replace("%2f", "/")
        };
        let (prefix, delimiter) = (value("prefix"), value("delimiter"));
        let most = value("max-keys").parse().unwrap_or(1_000).min(1_000);
        let versions = query.split('&').any(|word| word == "versions" || word == "versions=");
        let (token, kind) = if versions {
            (value("key-marker"), "ListVersionsResult")
        } else {
            (value("continuation-token"), "ListBucketResult")
        };
        let begin = self.keys.partition_point(|key| key.as_str() < prefix.as_str());
        let end = begin + self.keys[begin..].partition_point(|key| key.starts_with(prefix.as_str()));
        let from = token.parse::<usize>().unwrap_or(begin).clamp(begin, end);
        let rendered = if versions { &self.versions } else { &self.current };
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{kind} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>x</Name>\
             <EncodingType>url</EncodingType><Prefix>{prefix}</Prefix><MaxKeys>1000</MaxKeys>"
        );
        let mut to = from;
        if delimiter.is_empty() {
            to = (from + most).min(end);
            xml.push_str(&rendered.xml[rendered.at[from]..rendered.at[to]]);
        } else {
            for _ in 0..most {
                let Some(key) = self.keys[..end].get(to) else { break };
                if let Some(slash) = key[prefix.len()..].find('/') {
                    let common = &key[..=prefix.len() + slash];
                    let _ = write!(xml, "<CommonPrefixes><Prefix>{common}</Prefix></CommonPrefixes>");
                    to += self.keys[to..end].partition_point(|key| key.starts_with(common));
                } else {
                    xml.push_str(&rendered.xml[rendered.at[to]..rendered.at[to + 1]]);
                    to += 1;
                }
            }
        }
        let next = if versions { "NextKeyMarker" } else { "NextContinuationToken" };
        let more = to < end;
        let next = if more { format!("<{next}>{to}</{next}>") } else { String::new() };
        let _ = write!(xml, "<IsTruncated>{more}</IsTruncated>{next}</{kind}>");
        xml
    }
}

/// Serves so many objects, each answer after so many milliseconds, until the process is ended.
pub fn serve(arguments: &[String]) {
    let number = |at: usize| arguments[at].parse::<usize>().unwrap();
    let (objects, delay) = (number(0), Duration::from_millis(number(1) as u64));
    let key = |org: usize, at: usize| {
        let hub = format!("{:08x}-84d7-4b1e-a6f2-0d5b7e3a9c1d", org * 5 + at / 200);
        let connector = format!("{:08x}-3c55-4e6e-9a58-11b0c0a2e4b1", org * 1_000 + at);
        format!("org-{org:06}/datahub/{hub}/connector/{connector}/sqlite.db")
    };
    let backups = Bucket::new((0..objects).map(|at| key(at / 1_000, at % 1_000)).collect());
    let level = Bucket::new((0..objects).map(|at| key(at, 0)).collect());
    let buckets = Arc::new((backups, level));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    for socket in listener.incoming() {
        let buckets = Arc::clone(&buckets);
        // One who goes away in the middle ends only the own thread.
        std::thread::spawn(move || answer(socket.unwrap(), &buckets, delay));
    }
}

fn answer(mut socket: TcpStream, buckets: &(Bucket, Bucket), delay: Duration) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(socket.try_clone().ok()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut line = String::new();
        while reader.read_line(&mut line).ok()? > 2 {
            line.clear();
        }
        std::thread::sleep(delay);
        let target = first.split(' ').nth(1)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let bucket = match path.trim_matches('/') {
            BUCKET => Some(&buckets.0),
            LEVEL => Some(&buckets.1),
            _ => None,
        };
        let (status, body) = match bucket {
            Some(bucket) if first.starts_with("GET") => ("200 OK", bucket.list(query)),
            Some(_) => ("200 OK", String::new()),
            None => ("404 Not Found", "<Error><Code>NoSuchKey</Code><Message>no objects</Message></Error>".to_owned()),
        };
        let date = reseat::world::World::real().now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nDate: {date}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).ok()?;
        if !first.starts_with("HEAD") {
            socket.write_all(body.as_bytes()).ok()?;
        }
    }
}
