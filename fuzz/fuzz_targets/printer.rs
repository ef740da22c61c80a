//! The target `printer` of `vipd-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(target) = vipd_fuzz::target("printer") {
        (target.run)(bytes);
    }
});
