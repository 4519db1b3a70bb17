//! Memory of one call: a bump allocator over a fixed heap inside the guest's initial memory.
//!
//! The host gives every call a fresh instance, so memory dies with the call and need not be given back. What costs is
//! asking for more: each `memory.grow` is two `mprotect`s for the host. So allocations are served from a static array;
//! only the last one can grow, shrink or be freed in place; what does not fit falls back to growing the memory.
//! Knows nothing of threads: a core guest has one.

#![expect(unsafe_code, reason = "an allocator hands out raw memory; this is the one room of the SDK that does")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::ptr;

/// Enough for a config, an answer of some tens of kilobytes and an observation; in `.bss`, so it costs no bytes in the
/// file, and no page is touched before it is used.
const HEAP_BYTES: usize = 256 * 1024;
const PAGE_BYTES: usize = 64 * 1024;
/// Growing costs system calls, so it is done rarely and then by much.
const GROWTH_PAGES_MIN: usize = 8;

#[global_allocator]
static ARENA: Arena = Arena { free: Cell::new(0), end: Cell::new(0) };

#[repr(align(16))]
struct Heap(UnsafeCell<[u8; HEAP_BYTES]>);

static HEAP: Heap = Heap(UnsafeCell::new([0; HEAP_BYTES]));

/// The free part of the current region: addresses `free..end`. Both zero before the first allocation.
struct Arena {
    free: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: `wasm32-unknown-unknown` without atomics has one thread, so nothing is ever shared between two.
unsafe impl Sync for Arena {}
// SAFETY: as above; and the bytes are only ever reached through pointers that `Arena` handed out.
unsafe impl Sync for Heap {}

impl Arena {
    /// Takes `layout` from the current region; none if it does not fit.
    fn take(&self, layout: Layout) -> Option<usize> {
        if self.end.get() == 0 {
            self.free.set(HEAP.0.get() as usize);
            self.end.set(HEAP.0.get() as usize + HEAP_BYTES);
        }
        let start = self.free.get().checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size())?;
        (end <= self.end.get()).then(|| {
            self.free.set(end);
            start
        })
    }

    /// Makes room for `layout` at the end of the memory; false when the host refuses.
    fn grow(&self, layout: Layout) -> bool {
        let Some(bytes) = layout.size().checked_add(layout.align()) else { return false };
        let pages = bytes.div_ceil(PAGE_BYTES).max(GROWTH_PAGES_MIN);
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        if before == usize::MAX {
            return false;
        }
        let start = before.wrapping_mul(PAGE_BYTES);
        if start != self.end.get() {
            self.free.set(start);
        }
        self.end.set(start.wrapping_add(pages.wrapping_mul(PAGE_BYTES)));
        true
    }

    fn is_last(&self, block: *mut u8, layout: Layout) -> bool {
        block as usize + layout.size() == self.free.get()
    }
}

// SAFETY: every block lies inside the static heap or memory that `memory.grow` returned, is aligned as asked, and is
// handed out once: `free` moves past it and moves back only over the last block, when that one is given back.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(start) = self.take(layout) {
            return start as *mut u8;
        }
        if !self.grow(layout) {
            return ptr::null_mut();
        }
        self.take(layout).map_or(ptr::null_mut(), |start| start as *mut u8)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_last(block, layout) {
            self.free.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let in_place = (block as usize).checked_add(size).filter(|end| *end <= self.end.get());
        if let (true, Some(end)) = (self.is_last(block, layout), in_place) {
            self.free.set(end);
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller promises that `size`, rounded up to the alignment, does not overflow.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: the new block is at least as long as the old one, and two live blocks never overlap.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size()) };
        }
        moved
    }
}
