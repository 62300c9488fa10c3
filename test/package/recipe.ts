import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

/** The fields of a PKGBUILD, in the order of `makepkg --printsrcinfo` for one package. */
const FIELDS =
  'pkgdesc pkgver pkgrel epoch url install changelog arch groups license checkdepends ' +
  'makedepends depends optdepends provides conflicts replaces noextract options backup source ' +
  'validpgpkeys md5sums sha1sums sha224sums sha256sums sha384sums sha512sums b2sums'

/** Sources a PKGBUILD where "src" is not the program's own, and prints its fields, one a line. */
const PRINT =
  'cd / && eval "$(cat)" && printf "pkgbase = %s\\n" "${pkgbase-$pkgname}"\n' +
  'for field in $0; do declare -n value=$field; for one in "${value[@]}"; do' +
  ' [[ -z $one ]] || printf "\\t%s = %s\\n" "$field" "$one"; done; done\n' +
  'printf "\\npkgname = %s\\n" "$pkgname"'

/** Returns what bash(1) reads of a PKGBUILD, in the form of `.SRCINFO`. */
export function srcinfoOf(pkgbuild: string): string {
  return execFileSync('bash', ['-c', PRINT, FIELDS], {
    input: pkgbuild,
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  })
}

/** Returns the values of a field of `.SRCINFO`. */
export function valuesOf(srcinfo: string, field: string): readonly string[] {
  return srcinfo
    .split('\n')
    .flatMap((line) => (line.trim().startsWith(`${field} = `) ? [line.trim()] : []))
    .map((line) => line.slice(field.length + 3))
}
