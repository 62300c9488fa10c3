import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scanDocument, staleLibs } from '../support/bundle.ts'

/**
 * Recordings of booted machines, made by test/fixtures/make.mts and make-real.mts; report.json is
 * what was said there.
 */
const place = fileURLToPath(new URL('../fixtures/', import.meta.url))
const recordings = readdirSync(place, { withFileTypes: true }).filter((one) => one.isDirectory())

for (const { name } of recordings) {
  test(`the recording "${name}" replays byte for byte what was said on its machine`, () => {
    const said = readFileSync(`${place}${name}/report.json`, 'utf8')
    const { status, stdout } = staleLibs(['--from', `${place}${name}`, '--format', 'json'])
    assert.equal(status, 0)
    assert.equal(withoutVersion(stdout), withoutVersion(said))
  })
}

function withoutVersion(document: string): string {
  return document.replace(/"version": "[^"]+"/, '')
}

const verdicts = (name: string) =>
  scanDocument(['--from', `${place}${name}`]).findings.map(
    (one) => `${one.kind} ${one.name}: ${one.action}`,
  )

test('the recording of a small server', () => {
  assert.deepEqual(verdicts('plain'), [
    'service app.service: restart',
    'service billing@eu.service: restart',
    'service cronie.service: restart',
    'service database.service: restart',
    'service nginx.service: restart',
    'service report.service: wait',
    'service sshd.service: restart',
    'service sshd.service: wait',
  ])
})

test('the recordings are of machines that have been up for hours', () => {
  const { host, findings } = scanDocument(['--from', `${place}plain`])
  const booted = Date.parse(host.bootedAt ?? '')
  for (const { startedAt } of findings.flatMap(({ processes }) => processes))
    assert.ok(Date.parse(startedAt ?? '') - booted > 3_600_000, String(startedAt))
})

test('the recording of a desktop with somebody logged in', () => {
  assert.deepEqual(verdicts('desktop'), [
    'service NetworkManager.service: manual',
    'service bluetooth.service: manual',
    'service cups.service: restart',
    'service greeter.service: manual',
    'user-service dbus-broker.service: relogin',
    'user-service gnome-shell-wayland.service: relogin',
    'user-service pipewire.service: user-restart',
    'session session c2: relogin',
    'app firefox: close',
    'app org.gimp.GIMP: close',
  ])
})

test('the recording of containers and a virtual machine', () => {
  const said = verdicts('containers')
  assert.deepEqual(
    said.filter((one) => one.endsWith(': restart')),
    ['service web.service: restart'],
  )
  assert.equal(said.filter((one) => one.startsWith('container ')).length, 5)
  assert.ok(said.includes('vm windows: manual'))
})

test('the recording of a user who may not see others', () => {
  const { limits, findings } = scanDocument(['--from', `${place}hidepid`])
  assert.deepEqual([limits.map(({ code }) => code), findings], [['processes-hidden'], []])
})

const withCautions = (name: string) =>
  scanDocument(['--from', `${place}${name}`]).findings.map(({ name: unit, action, cautions }) =>
    [`${unit}: ${action}`, ...cautions.map(({ code }) => code)].join(' '),
  )

test('the recording of large programs that hold something, as root sees them', () => {
  assert.deepEqual(withCautions('programs'), [
    'containerd.service: restart containers-may-not-start',
    'containerd.service: manual holds-guest',
    'ttyd.service: manual hangs-up-terminals',
    'udisks2.service: manual takes-mounts-away',
    'emacs.service: close sensitive',
    'org.gnome.word10: close started-by-bus',
    'xdg-document-portal.service: manual takes-mounts-away',
  ])
})

test('the recording of large programs that hold something, as their user sees them', () => {
  assert.deepEqual(withCautions('programs-of-user'), [
    'emacs.service: close sensitive',
    'org.gnome.word6: close started-by-bus',
    'xdg-document-portal.service: manual takes-mounts-away',
  ])
})
