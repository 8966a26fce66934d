// SPDX-License-Identifier: Apache-2.0

//! Rust's arc-swap and crossbeam-epoch in the workloads of ../../../workloads.h, as a
//! program that writes the same JSON as the C++ ones:
//!
//!     cargo build --release
//!     target/release/rust_peer --window=0.05 --repetitions=1 --filter=W1 --out=FILE
//!
//! FILTER is a part of a line's name, or ^(NAME|NAME|...)$.

use std::arch::asm;
use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::cache::Cache;
use arc_swap::ArcSwap;
use crossbeam_epoch::{self as epoch, Atomic, Owned};

#[repr(align(64))]
#[derive(Clone)]
struct Payload {
    numbers: [i32; 16], // 64 bytes
}

impl Payload {
    fn new() -> Self {
        let mut numbers = [0; 16];
        numbers[0] = 1;
        Payload { numbers }
    }

    fn incremented(&self) -> Self {
        let mut updated = self.clone();
        updated.numbers[0] += 1;
        updated
    }
}

/// What a reader does with a number that it found. Nothing moves across it.
#[inline(always)]
fn used(number: i32) {
    unsafe { asm!("/* {0} */", in(reg) i64::from(number), options(nostack, preserves_flags)) };
}

// --- Subjects ----------------------------------------------------------------------

/// One way to read an object that other threads replace, and to replace it.
trait Subject: Sync + Sized {
    const NAME: &'static str;
    const FREES: &'static str;
    const PROGRESS: &'static str;
    const INCREMENTS: bool = true;
    /// What a thread keeps.
    type Thread;

    fn new() -> Self;
    fn thread(&self) -> Self::Thread;
    fn read(&self, thread: &mut Self::Thread) -> i32;
    fn replace(&self);
    fn increment(&self);
}

struct Load(ArcSwap<Payload>);

impl Subject for Load {
    const NAME: &'static str = "ArcSwap";
    const FREES: &'static str = "with its last reader";
    const PROGRESS: &'static str = "reads wait-free, writes lock-free";
    type Thread = ();

    fn new() -> Self {
        Load(ArcSwap::from_pointee(Payload::new()))
    }
    fn thread(&self) {}
    #[inline(always)]
    fn read(&self, _: &mut ()) -> i32 {
        self.0.load().numbers[0]
    }
    fn replace(&self) {
        self.0.store(Arc::new(Payload::new()));
    }
    fn increment(&self) {
        self.0.rcu(|old| old.incremented());
    }
}

struct Cached(Arc<ArcSwap<Payload>>);

impl Subject for Cached {
    const NAME: &'static str = "ArcSwapCache";
    const FREES: &'static str = "when its last reader loads again";
    const PROGRESS: &'static str = "reads wait-free, writes lock-free";
    const INCREMENTS: bool = false; // as ArcSwap
    type Thread = Cache<Arc<ArcSwap<Payload>>, Arc<Payload>>;

    fn new() -> Self {
        Cached(Arc::new(ArcSwap::from_pointee(Payload::new())))
    }
    fn thread(&self) -> Self::Thread {
        Cache::new(self.0.clone())
    }
    #[inline(always)]
    fn read(&self, thread: &mut Self::Thread) -> i32 {
        thread.load().numbers[0]
    }
    fn replace(&self) {
        self.0.store(Arc::new(Payload::new()));
    }
    fn increment(&self) {}
}

struct Epoch(Atomic<Payload>);

impl Subject for Epoch {
    const NAME: &'static str = "CrossbeamEpoch";
    const FREES: &'static str = "by epochs; unbounded";
    const PROGRESS: &'static str = "reads wait-free, writes lock-free";
    type Thread = ();

    fn new() -> Self {
        Epoch(Atomic::new(Payload::new()))
    }
    fn thread(&self) {}
    #[inline(always)]
    fn read(&self, _: &mut ()) -> i32 {
        let guard = epoch::pin();
        // Never null.
        unsafe { self.0.load(Ordering::Acquire, &guard).deref().numbers[0] }
    }
    fn replace(&self) {
        let guard = epoch::pin();
        let old = self.0.swap(Owned::new(Payload::new()), Ordering::AcqRel, &guard);
        unsafe { guard.defer_destroy(old) };
    }
    fn increment(&self) {
        let guard = epoch::pin();
        loop {
            let old = self.0.load(Ordering::Acquire, &guard);
            let updated = Owned::new(unsafe { old.deref() }.incremented());
            let order = (Ordering::AcqRel, Ordering::Acquire);
            if self.0.compare_exchange(old, updated, order.0, order.1, &guard).is_ok() {
                unsafe { guard.defer_destroy(old) };
                return;
            }
        }
    }
}

// --- The window --------------------------------------------------------------------

const GATHERING: u32 = 0;
const WARMING_UP: u32 = 1;
const MEASURING: u32 = 2;
const OVER: u32 = 3;

const READS_TO_A_REPLACE: u64 = 19;

#[derive(Clone, Copy)]
enum Role {
    Reads,
    Replaces,
    ReadsAndReplaces,
    Increments,
    Spins,
}

struct Measured {
    nanoseconds: f64, // of an operation
    disturbed: bool,
}

type Mask = [u64; 16];

extern "C" {
    fn sched_getaffinity(thread: i32, size: usize, mask: *mut Mask) -> i32;
    fn sched_setaffinity(thread: i32, size: usize, mask: *const Mask) -> i32;
}

/// The processors that this process may use.
fn cores() -> Vec<usize> {
    let mut mask: Mask = [0; 16];
    unsafe { sched_getaffinity(0, std::mem::size_of::<Mask>(), &mut mask) };
    (0..1024).filter(|i| mask[i / 64] >> (i % 64) & 1 != 0).collect()
}

fn keep_on(core: usize) {
    let mut mask: Mask = [0; 16];
    mask[core / 64] = 1 << (core % 64);
    unsafe { sched_setaffinity(0, std::mem::size_of::<Mask>(), &mask) };
}

fn number_in(path: &str, field: usize) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().nth(field).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// For how long the calling thread has waited for a processor, in nanoseconds.
fn waited() -> u64 {
    number_in("/proc/thread-self/schedstat", 1)
}

/// What the machine below took from this one, in ticks.
fn stolen() -> u64 {
    number_in("/proc/stat", 8)
}

/// Does `step` again and again during a phase, and says how often.
#[inline(never)]
fn steps(phase: &AtomicU32, during: u32, batch: u64, mut step: impl FnMut()) -> u64 {
    let mut count = 0;
    loop {
        for _ in 0..batch {
            step();
        }
        count += batch;
        if phase.load(Ordering::Relaxed) != during {
            return count;
        }
    }
}

fn measure(phase: &AtomicU32, operations: u64, mut step: impl FnMut()) -> Measured {
    while phase.load(Ordering::SeqCst) == GATHERING {
        std::thread::yield_now();
    }
    let begin = Instant::now();
    let warm = steps(phase, WARMING_UP, 64, &mut step);
    let took = begin.elapsed().as_nanos() as u64 + 1;
    let batch = (10_000 * warm / took).clamp(64, 1024);
    let waited_before = waited();
    let begin = Instant::now();
    let count = steps(phase, MEASURING, batch, &mut step);
    let wall = begin.elapsed().as_nanos() as u64;
    Measured {
        nanoseconds: wall as f64 / (count * operations) as f64,
        disturbed: waited() - waited_before > wall / 50,
    }
}

fn run_role<S: Subject>(subject: &S, role: Role, phase: &AtomicU32) -> Measured {
    let mut thread = subject.thread();
    match role {
        Role::Reads => measure(phase, 1, || {
            used(subject.read(&mut thread));
        }),
        Role::Replaces => measure(phase, 1, || subject.replace()),
        Role::ReadsAndReplaces => measure(phase, READS_TO_A_REPLACE + 1, || {
            for _ in 0..READS_TO_A_REPLACE {
                used(subject.read(&mut thread));
            }
            subject.replace();
        }),
        Role::Increments => measure(phase, 1, || subject.increment()),
        Role::Spins => {
            used(subject.read(&mut thread));
            measure(phase, 1, || {
                used(0);
            })
        }
    }
}

/// Runs the roles together, each on a core of its own.
fn window<S: Subject>(length: Duration, roles: &[Role]) -> (Vec<Measured>, bool) {
    let subject = S::new();
    let phase = AtomicU32::new(GATHERING);
    let arrived = AtomicUsize::new(0);
    let places = cores();
    let stolen_before = stolen();
    let results: Vec<Measured> = std::thread::scope(|scope| {
        let threads: Vec<_> = roles
            .iter()
            .enumerate()
            .map(|(i, &role)| {
                let (subject, phase, arrived, core) = (&subject, &phase, &arrived, places[i]);
                scope.spawn(move || {
                    keep_on(core);
                    arrived.fetch_add(1, Ordering::SeqCst);
                    run_role(subject, role, phase)
                })
            })
            .collect();
        while arrived.load(Ordering::SeqCst) < roles.len() {
            std::thread::yield_now();
        }
        phase.store(WARMING_UP, Ordering::SeqCst);
        std::thread::sleep(length / 5);
        phase.store(MEASURING, Ordering::SeqCst);
        std::thread::sleep(length);
        phase.store(OVER, Ordering::SeqCst);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let disturbed = stolen() != stolen_before || results.iter().any(|result| result.disturbed);
    (results, disturbed)
}

// --- Lines -------------------------------------------------------------------------

struct Options {
    window: Duration,
    repetitions: usize,
    wanted: Vec<String>, // names, or a part of them
    whole: bool,
    out: Option<String>,
}

fn fail(why: &str) -> ! {
    eprintln!("rust_peer: {why}");
    std::process::exit(1);
}

fn options() -> Options {
    let mut options = Options {
        window: Duration::from_millis(50),
        repetitions: 1,
        wanted: vec![String::new()],
        whole: false,
        out: None,
    };
    for argument in std::env::args().skip(1) {
        let bad = || -> ! { fail(&format!("a bad option: {argument}")) };
        match argument.trim_start_matches("--").split_once('=') {
            Some(("window", value)) => match value.parse::<f64>() {
                Ok(seconds) if seconds > 0.0 => options.window = Duration::from_secs_f64(seconds),
                _ => bad(),
            },
            Some(("repetitions", value)) => match value.parse() {
                Ok(count) if count > 0 => options.repetitions = count,
                _ => bad(),
            },
            Some(("filter", value)) => {
                let names = value.strip_prefix("^(").and_then(|rest| rest.strip_suffix(")$"));
                options.whole = names.is_some();
                let text = names.unwrap_or(value).replace('\\', "");
                options.wanted = text.split('|').map(String::from).collect();
            }
            Some(("out", value)) => options.out = Some(value.to_string()),
            _ => bad(),
        }
    }
    options
}

/// Measures a line, and writes it down. The counters are the roles', in order; one for
/// several roles is their mean.
fn add_line<S: Subject>(
    json: &mut Vec<String>,
    options: &Options,
    workload: &str,
    roles: &[Role],
    counters: &[&str],
) {
    let name = format!("{workload}/{}/threads:{}", S::NAME, roles.len());
    let is_wanted = |part: &String| if options.whole { name == *part } else { name.contains(part) };
    if !options.wanted.iter().any(is_wanted) {
        return;
    }
    if roles.len() > cores().len() {
        eprintln!("skipped, for want of cores: {name}");
        return;
    }
    for repetition in 0..options.repetitions {
        let (results, disturbed) = window::<S>(options.window, roles);
        let mut text = format!(
            "{{\"name\": \"{name}\", \"run_type\": \"iteration\", \"ours\": 0, \
             \"disturbed\": {}, \"repetition_index\": {repetition}, \"real_time\": {}, \
             \"time_unit\": \"ns\", \"label\": \"frees: {}; progress: {}\"",
            disturbed as i32,
            options.window.as_nanos(),
            S::FREES,
            S::PROGRESS
        );
        let times: Vec<f64> = results.iter().map(|result| result.nanoseconds).collect();
        for (i, counter) in counters.iter().enumerate() {
            let is_mean = counters.len() == 1 && workload != "W3b"; // there the other one spins
            let time = if is_mean { times.iter().sum::<f64>() / times.len() as f64 } else { times[i] };
            write!(text, ", \"{counter}\": {time}").unwrap();
        }
        json.push(text + "}");
    }
}

fn add_lines<S: Subject>(json: &mut Vec<String>, options: &Options) {
    let mut threads = 1;
    while threads <= cores().len() {
        add_line::<S>(json, options, "W1", &vec![Role::Reads; threads], &["load_ns"]);
        threads *= 2;
    }
    let both = [Role::Reads, Role::Replaces];
    add_line::<S>(json, options, "W2", &both, &["load_ns", "store_ns"]);
    add_line::<S>(json, options, "W3a", &[Role::Replaces], &["store_ns"]);
    add_line::<S>(json, options, "W3b", &[Role::Replaces, Role::Spins], &["store_ns"]);
    add_line::<S>(json, options, "W4", &[Role::ReadsAndReplaces; 2], &["op_ns"]);
    if S::INCREMENTS {
        add_line::<S>(json, options, "W5", &[Role::Increments; 2], &["op_ns"]);
    }
}

fn main() {
    let options = options();
    let mut json = Vec::new();
    add_lines::<Load>(&mut json, &options);
    add_lines::<Cached>(&mut json, &options);
    add_lines::<Epoch>(&mut json, &options);
    let text = format!(
        "{{\"context\": {{\"compiler\": \"{}\"}}, \"benchmarks\": [\n{}\n]}}\n",
        option_env!("RUSTC_VERSION").unwrap_or("rustc"), // as build_rust_peer in ../../../../dev says
        json.join(",\n")
    );
    match &options.out {
        None => print!("{text}"),
        Some(path) => {
            if let Err(error) = fs::write(path, text) {
                fail(&format!("{path}: {error}"));
            }
        }
    }
}
