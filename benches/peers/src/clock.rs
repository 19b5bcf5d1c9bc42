//! Time in ticks of the processor, for durations that are too short for the system's clock.

use std::time::{Duration, Instant};

/// Waits for all earlier instructions, and no later instruction starts early.
#[cfg(target_arch = "x86_64")]
pub fn ticks() -> u64 {
    use std::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: both instructions are part of the baseline, and touch no memory.
    unsafe {
        _mm_lfence();
        let ticks = _rdtsc();
        _mm_lfence();
        ticks
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub fn ticks() -> u64 {
    use std::sync::LazyLock;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

pub fn ticks_per_ns() -> f64 {
    let (start, first) = (Instant::now(), ticks());
    while start.elapsed() < Duration::from_millis(20) {}
    let last = ticks();
    (last - first) as f64 / start.elapsed().as_nanos() as f64
}
