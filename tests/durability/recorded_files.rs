//! A VFS of SQLite that records each write to the files of a folder, in order.
#![expect(
    unsafe_code,
    reason = "SQLite calls a VFS through pointers; <https://www.sqlite.org/vfs.html> has the rules"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use rusqlite::ffi::{
    SQLITE_OK, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find,
    sqlite3_vfs_register,
};

/// An event of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FileEvent {
    /// These bytes were written from this offset on.
    Write(usize, Vec<u8>),
    /// The file got this length.
    Truncate(usize),
    /// Everything before it is on the disk, the name of the file as well.
    Sync,
    /// The file was removed. `true` if the removal is on the disk.
    Delete(bool),
}

/// One entry of a recording.
#[derive(Clone, Debug)]
pub enum Event {
    /// An event of the file with this name.
    File(String, FileEvent),
    /// The test noted that a change was acknowledged.
    Acknowledged,
}

type Events = Arc<Mutex<Vec<Event>>>;

/// The folders that are recorded.
static FOLDERS: Mutex<BTreeMap<PathBuf, Events>> = Mutex::new(BTreeMap::new());

/// Records the files of a folder until it is dropped.
pub struct Recording {
    folder: PathBuf,
    events: Events,
}

impl Recording {
    /// Begins. SQLite must have no file of the folder open.
    pub fn start(folder: &Path) -> Recording {
        register();
        let folder = folder.canonicalize().unwrap();
        let events = Events::default();
        lock(&FOLDERS).insert(folder.clone(), Arc::clone(&events));
        Recording { folder, events }
    }

    /// Notes that a change was acknowledged.
    pub fn acknowledge(&self) {
        lock(&self.events).push(Event::Acknowledged);
    }

    /// Ends it and returns the events.
    pub fn finish(self) -> Vec<Event> {
        std::mem::take(&mut lock(&self.events))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        lock(&FOLDERS).remove(&self.folder);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

/// The VFS under this one.
struct System(*mut sqlite3_vfs);
// SAFETY: SQLite never changes or frees the VFS of the system, and its functions may be
// called by any thread.
unsafe impl Send for System {}
unsafe impl Sync for System {}

static SYSTEM: OnceLock<System> = OnceLock::new();

/// Makes this VFS the default of the process. Files of other folders are those of the system.
fn register() {
    SYSTEM.get_or_init(|| {
        // SAFETY: the copied structure has the functions of the system's VFS, which find
        // their data in `pAppData`. It is never freed.
        unsafe {
            let system = sqlite3_vfs_find(ptr::null());
            let mut recording = *system;
            recording.zName = c"recording".as_ptr();
            recording.pNext = ptr::null_mut();
            recording.szOsFile += size_of::<RecordedFile>() as c_int;
            recording.xOpen = Some(open);
            recording.xDelete = Some(delete);
            let registered = sqlite3_vfs_register(Box::into_raw(Box::new(recording)), 1);
            assert_eq!(registered, SQLITE_OK);
            System(system)
        }
    });
}

fn system() -> *mut sqlite3_vfs {
    SYSTEM.get().unwrap().0
}

/// An open file. The system's own follows it in memory.
#[repr(C)]
struct RecordedFile {
    base: sqlite3_file,
    log: *mut FileLog,
}

/// The recording of the events of one file.
struct FileLog {
    name: String,
    events: Events,
}

impl FileLog {
    /// Finds the recording of a path.
    fn find(path: *const c_char) -> Option<FileLog> {
        if path.is_null() {
            return None;
        }
        // SAFETY: SQLite passes strings that end with a zero.
        let path = Path::new(OsStr::from_bytes(
            unsafe { CStr::from_ptr(path) }.to_bytes(),
        ));
        let events = lock(&FOLDERS).get(path.parent()?)?.clone();
        let name = path.file_name()?.to_str()?.to_owned();
        Some(FileLog { name, events })
    }

    /// Runs a function of the system and records its event, both in one step.
    fn record(&self, event: FileEvent, run: impl FnOnce() -> c_int) -> c_int {
        let mut events = lock(&self.events);
        let status = run();
        if status == SQLITE_OK {
            events.push(Event::File(self.name.clone(), event));
        }
        status
    }
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    path: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gave `szOsFile` bytes for the file: this structure and that of the system.
    unsafe {
        let open = (*system()).xOpen.unwrap();
        let Some(log) = FileLog::find(path) else {
            return open(system(), path, file, flags, out_flags);
        };
        let status = open(system(), path, real(file), flags, out_flags);
        let recorded = file.cast::<RecordedFile>();
        (*recorded).base.pMethods = ptr::null();
        if status == SQLITE_OK {
            (*recorded).base.pMethods = &METHODS;
            (*recorded).log = Box::into_raw(Box::new(log));
        }
        status
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, path: *const c_char, sync: c_int) -> c_int {
    // SAFETY: the arguments are those of SQLite.
    let run = || unsafe { (*system()).xDelete.unwrap()(system(), path, sync) };
    match FileLog::find(path) {
        Some(log) => log.record(FileEvent::Delete(sync != 0), run),
        None => run(),
    }
}

/// The system's file in a [`RecordedFile`].
unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: `open` has put it there.
    unsafe { file.cast::<RecordedFile>().add(1).cast() }
}

/// A method that calls that of the system's file, within `$record` if there is one.
macro_rules! method {
    ($name:ident, $method:ident ($($argument:ident: $type:ty),*) $(, $event:expr)?) => {
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            // SAFETY: `open` made the file, and the arguments are those of SQLite.
            unsafe {
                let real = real(file);
                let run = || (*(*real).pMethods).$method.unwrap()(real, $($argument),*);
                $(return (*(*file.cast::<RecordedFile>()).log).record($event, run);)?
                #[allow(unreachable_code, reason = "only without an event")]
                run()
            }
        }
    };
}

method!(read, xRead(to: *mut c_void, bytes: c_int, at: sqlite3_int64));
method!(write, xWrite(from: *const c_void, bytes: c_int, at: sqlite3_int64), {
    let bytes = std::slice::from_raw_parts(from.cast::<u8>(), bytes as usize);
    FileEvent::Write(at as usize, bytes.to_vec())
});
method!(truncate, xTruncate(size: sqlite3_int64), FileEvent::Truncate(size as usize));
method!(sync, xSync(flags: c_int), FileEvent::Sync);
method!(file_size, xFileSize(size: *mut sqlite3_int64));
method!(take_lock, xLock(level: c_int));
method!(unlock, xUnlock(level: c_int));
method!(check_reserved_lock, xCheckReservedLock(result: *mut c_int));
method!(file_control, xFileControl(operation: c_int, argument: *mut c_void));
method!(sector_size, xSectorSize());
method!(device_characteristics, xDeviceCharacteristics());
method!(shm_map, xShmMap(page: c_int, size: c_int, extend: c_int, to: *mut *mut c_void));
method!(shm_lock, xShmLock(offset: c_int, number: c_int, flags: c_int));
method!(shm_unmap, xShmUnmap(delete: c_int));
method!(fetch, xFetch(at: sqlite3_int64, bytes: c_int, to: *mut *mut c_void));
method!(unfetch, xUnfetch(at: sqlite3_int64, page: *mut c_void));

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: `open` made the file.
    unsafe {
        let real = real(file);
        (*(*real).pMethods).xShmBarrier.unwrap()(real);
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once.
    unsafe {
        drop(Box::from_raw((*file.cast::<RecordedFile>()).log));
        let real = real(file);
        (*(*real).pMethods).xClose.unwrap()(real)
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(take_lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};
