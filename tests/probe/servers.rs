//! Small servers on loopback. They live as long as the test program.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Serves each connection on a thread of its own.
pub(crate) fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

/// The head of a request.
pub(crate) fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Answers every request with this.
pub(crate) fn replies(reply: &'static str) -> SocketAddr {
    serve(move |mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(reply.as_bytes());
    })
}

/// Answers with a beginning and then the same again, until the client hangs up.
pub(crate) fn endless(head: &'static str, again: &'static str) -> SocketAddr {
    let again = again.repeat(64);
    serve(move |mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(head.as_bytes());
        while stream.write_all(again.as_bytes()).is_ok() {}
    })
}

/// A port where nobody listens.
pub(crate) fn closed_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.expect("loopback has a free port").port()
}

/// A server that answers by what it was asked and how often before, and remembers.
pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) fn start(answer: impl Fn(&str, usize) -> String + Send + Sync + 'static) -> Script {
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = heads.clone();
        let address = serve(move |mut stream| {
            let head = read_head(&mut stream);
            let count = {
                let mut seen = seen.lock().expect("no thread panics with it");
                seen.push(head.clone());
                seen.len() - 1
            };
            let _ = stream.write_all(answer(&head, count).as_bytes());
        });
        Script { address, heads }
    }

    /// The heads of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.heads.lock().expect("no thread panics with it").clone()
    }
}
