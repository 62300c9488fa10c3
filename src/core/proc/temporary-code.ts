/** A rule that recognizes code which a program made itself, by the path of its mapping. */
export type TemporaryCodeRule = {
  /** Matched against the whole path, one character a byte. */
  readonly path: RegExp
  /** Set where a directory decides. A sandbox can have files of the machine in it. */
  readonly isPlace?: true
  readonly reason: string
  readonly source: string
}

/**
 * Excludes directories that packages install to. There the name of a file alone decides nothing.
 */
const NOT_INSTALLED = String.raw`^(?!/(?:usr|opt|bin|sbin|lib|lib32|lib64)/)/(?:.*/)?`

/**
 * Excludes the directories of packages but for /opt: programs of vendors there have directories for
 * temporary files below their own. What follows are names that no package can have.
 */
const NO_PACKAGE = String.raw`^(?!/(?:usr|bin|sbin|lib|lib32|lib64)/)/(?:.*/)?`

/** A random name (version 4 of RFC 9562, as java.util.UUID.randomUUID makes it). */
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

/** The six random characters of mkstemp(3), where the name before them is of one program only. */
const SUFFIX = '(?![a-z]{6}$)[A-Za-z0-9]{6}'

/**
 * The same behind a name that may begin that of a program: `tcl_server`, `nebmodHelper`. One or two
 * words, and what has no capital or no small letter (`http2d`), are a name. One random text in
 * eight is so, and counts as a file: one too many is better than a hidden program.
 */
const NO_WORD = '(?=[^/]*[A-Z])(?=[^/]*[a-z])(?![A-Z][a-z]+[0-9]*$)(?![A-Za-z][a-z]+[A-Z][a-z]+$)'
const RANDOM = `${NO_WORD}[A-Za-z0-9]{6}`

/** The begin of a day, `yyyyMMdd`, or of a time of Unix in micro- or nanoseconds: of a build. */
const DAY = '(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])'
const NO_BUILD = `(?!${DAY}|1[4-9](?:[0-9]{14}|[0-9]{17})(?![0-9]))`

/**
 * The deleted mappings that are no reason to restart, whatever permissions they have.
 *
 * Every row is anchored, so that `/usr/lib/i915` or `/opt/memfd:x.so` count as files.
 */
export const TEMPORARY_CODE: readonly TemporaryCodeRule[] = [
  {
    path: /^\/memfd:/,
    reason: 'memory of memfd_create(2): never had a directory entry (libffi, QML, NVIDIA, runc)',
    source: 'memfd_create(2); needrestart #198, #247, #283; archlinux/contrib #76',
  },
  {
    path: /^\/dev\//,
    reason: 'a device or shared memory of POSIX programs, not a file of a package',
    source: 'shm_overview(7); lib_users ignores /dev/zero and /dev/shm',
  },
  {
    path: /^\/SYSV[0-9a-f]{8}$/,
    reason: 'a System V shared memory segment',
    source: 'proc_pid_maps(5), ipc/shm.c; needrestart blacklist_mappings',
  },
  {
    path: /^\/\[aio\]$/,
    reason: 'the ring of io_setup(2)',
    source: 'fs/aio.c; needrestart blacklist_mappings',
  },
  {
    path: /^\/drm(?: mm object)?$/,
    reason: 'a graphics buffer',
    source: 'drivers/gpu/drm/drm_gem.c; lib_users, needrestart',
  },
  {
    path: /^\/i915$/,
    reason: 'a graphics buffer of Intel hardware',
    source: 'drivers/gpu/drm/i915; lib_users, checkrestart',
  },
  {
    path: /^\/anon_hugepage$/,
    reason: 'anonymous huge pages',
    source: 'mm/hugetlb.c; lib_users',
  },
  {
    path: /^(?!\/)/,
    reason: 'an object of the kernel without a path (anon_inode:[io_uring] and others)',
    source: 'proc_pid_maps(5); fs/anon_inodes.c',
  },
  {
    path: /\/#[0-9]+$/,
    reason: 'a file that never had a name (O_TMPFILE), as the QML compiler uses',
    source: 'open(2), fs/dcache.c d_tmpfile; needrestart #65',
  },
  {
    path: /^\/(?:tmp|var\/tmp)\//,
    isPlace: true,
    reason: 'a file that a program unpacked for itself (JNA, netty, libffi, orc and others)',
    source: 'hier(7); needrestart #60, #134, #142, #175; shown with --all, htop #1717',
  },
  {
    path: /^\/(?:var\/)?run\/(?!host\/)/,
    isPlace: true,
    reason: 'run-time files of a program: nothing there belongs to a package',
    source: 'hier(7); needrestart blacklist_mappings; but docs/CONTAINER_INTERFACE.md of systemd',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}orcexec\\.[^/]+$`, 's'),
    reason: 'code that the orc compiler (GStreamer) made',
    source: 'orc orccodemem.c: $XDG_RUNTIME_DIR, $HOME, $TMPDIR; lib_users, needrestart',
  },
  {
    path: new RegExp(`${NO_PACKAGE}jna[0-9]+\\.tmp$`, 's'),
    reason: 'a library that Java Native Access unpacked',
    source: 'needrestart #142, #185, #237, #267; below /opt #221',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}\\.cache/JNA/.*$`, 's'),
    reason: 'a library that Java Native Access unpacked',
    source: 'needrestart #267',
  },
  {
    path: new RegExp(`${NO_PACKAGE}jffi(?:[0-9]+\\.tmp|${NO_BUILD}[0-9]{8,20}\\.so)$`, 's'),
    reason: 'a library that JRuby unpacked',
    source: 'jffi com.kenai.jffi.internal.StubLoader (jffi.extract.dir); needrestart #48',
  },
  {
    path: new RegExp(
      `${NO_PACKAGE}[^/]*(?<![0-9])${NO_BUILD}[0-9]{18,20}\\.{1,2}[A-Za-z0-9]{1,8}$`,
      's',
    ),
    reason: 'a file that a Java program unpacked under a name with a random number',
    source:
      'java.io.File.createTempFile (64 bits); zstd-jni, lz4-java, rocksdb #878, carbonio #1146',
  },
  {
    path: new RegExp(`${NO_PACKAGE}[^/]*-${UUID}-lib[^/]+\\.so$`, 's'),
    reason: 'a library that a Java program unpacked under a name with a random number',
    source:
      'snappy-java SnappyLoader (org.xerial.snappy.tempdir) #240; sqlite-jdbc SQLiteJDBCLoader',
  },
  {
    path: new RegExp(`${NO_PACKAGE}[^/]*-libasyncProfiler\\.so\\.tmp$`, 's'),
    reason: 'the profiler that a Java program unpacked',
    source: 'lucko/spark AsyncProfilerAccess: removed when the plugin is loaded again',
  },
  {
    path: new RegExp(`${NO_PACKAGE}nebmod${RANDOM}$`, 's'),
    reason: 'the copy of a broker module that Nagios, Icinga or Naemon loaded',
    source: 'nebmods.c neb_load_module (temp_path): loaded and unlinked; needrestart #53',
  },
  {
    path: new RegExp(`${NO_PACKAGE}(?:tmpmap-${NO_BUILD}[0-9a-f]{8}|anonmap\\.${SUFFIX})$`, 's'),
    reason: 'memory that programs of Wine share',
    source: 'Wine server/mapping.c create_temp_file: in the directory of the server or the prefix',
  },
  {
    path: new RegExp(
      `${NO_PACKAGE}\\.(?:[A-Za-z0-9._-]+\\.)?${NO_BUILD}[0-9a-f]{12,16}-[0-9a-f]{1,8}\\.(?:node|so)$`,
      's',
    ),
    reason: 'a module that a program made with Bun unpacked',
    source: 'oven-sh/bun #19550, #29585, #37102 (BUN_TMPDIR, TMPDIR)',
  },
  {
    path: new RegExp(`${NO_PACKAGE}_ruby_mjit_p[0-9]+u[0-9]+\\.so$`, 's'),
    reason: 'code that Ruby compiled',
    source: 'Ruby 2.6 to 3.2, mjit.c: MJIT_TMP_PREFIX, remove_so_file',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}tcl_${RANDOM}$`, 's'),
    reason: 'a library that Tcl copied out of an archive',
    source: 'tclIOUtil.c Tcl_LoadFile, tclUnixFCmd.c TclUnixOpenTemporaryFile (TMPDIR)',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}eln-cache/.*\\.eln$`, 's'),
    reason: 'code that Emacs compiled',
    source: 'Emacs native-comp-eln-load-path; native-compile-prune-cache removes it',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}ffi${RANDOM}$`, 's'),
    reason: 'closures of libffi, where memory must not be both writable and executable',
    source: 'libffi closures.c open_temp_exec_file; needrestart #175',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}libnetty[^/]*\\.so$`, 's'),
    reason: 'a library that netty unpacked',
    source: 'netty NativeLibraryLoader (io.netty.native.workdir)',
  },
  {
    path: new RegExp(`${NOT_INSTALLED}\\.gl${SUFFIX}$`, 's'),
    reason: 'code that the NVIDIA driver made',
    source: 'NVIDIA README, __GL_WRITE_TEXT_SECTION; needrestart #198',
  },
]

/** Returns the first rule that calls the path temporary, or `undefined`. */
export function temporaryCodeRule(path: string): TemporaryCodeRule | undefined {
  return TEMPORARY_CODE.find((rule) => rule.path.test(path))
}

/** Says whether a path is temporary because of the directory that it lies in. */
export function isTemporaryByPlace(path: string): boolean {
  return temporaryCodeRule(path)?.isPlace ?? false
}
