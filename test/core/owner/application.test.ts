import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  activatedName,
  applicationName,
  isApplication,
  isBus,
  isBusProgram,
} from '../../../src/core/owner/application.ts'
import { say } from '../../../src/core/printable.ts'

/** Units of applications, as they were seen on machines, and the names of the applications. */
const APPLICATIONS: readonly (readonly [unit: string, name: string])[] = [
  // systemd, docs/DESKTOP_ENVIRONMENTS.md
  ['app-gnome-org.gnome.Evince@12345.service', 'org.gnome.Evince'],
  ['app-flatpak-org.telegram.desktop@12345.service', 'org.telegram.desktop'],
  ['app-KDE-org.kde.okular@12345.service', 'org.kde.okular'],
  ['app-org.kde.amarok.service', 'org.kde.amarok'],
  ['app-org.gnome.Evince-12345.scope', 'org.gnome.Evince'],
  ['app-gnome-firefox-1234.scope', 'firefox'],
  ['app-firefox\\x2desr-07dd78c014ab4fe48f7395474e0b5c5e.scope', 'firefox-esr'],
  ['app-org.kde.konsole-9c2c0e8a.scope', 'org.kde.konsole'],
  ['app-cosmic-com.system76.CosmicAppList-2629.scope', 'com.system76.CosmicAppList'],
  ['app-athanor-foo@0123.service', 'foo'],
  ['app-Hyprland-kitty-1a2b3c4d.scope', 'kitty'],
  ['app-Hyprland-kitty-deadbeef.scope', 'kitty'],
  ['app-kitty-deadbeef.scope', 'kitty'],
  ['app-kde\\x2dx-a\\x2db@0f.service', 'a-b'],
  ['app-com.mitchellh.ghostty.service', 'com.mitchellh.ghostty'],
  ['app-flatpak-org.x.Y-77.scope', 'org.x.Y'],
  ['app-flatpak-com.valvesoftware.Steam.scope', 'com.valvesoftware.Steam'],
  ['app-flatpak-steam.scope', 'steam'],
  ['app-ghostty-surface-transient-1562569.scope', 'ghostty'],
  ['app-ghostty-transient-3264.scope', 'ghostty'],
  ['snap.firefox.firefox-1f2e.scope', 'firefox'],
  ['snap.my\\x2dapp.x-1f2e.scope', 'my-app'],
  // Dashes that were not escaped.
  ['app-niri-google-chrome-4711.scope', 'google-chrome'],
  ['app-niri-com.foo-bar-4711.scope', 'com.foo-bar'],
  ['app-niri-google-chrome@1.service', 'google-chrome'],
  // No name of an application.
  ['app-.scope', 'app-.scope'],
  ['app-@x.service', 'app-@x.service'],
  ['vte-spawn-1f2e.scope', 'vte-spawn-1f2e.scope'],
  ['run-u12.scope', 'run-u12.scope'],
  ['a.service', 'a.service'],
]
for (const [unit, name] of APPLICATIONS)
  test(`applicationName() calls ${unit} ${name}`, () => {
    assert.equal(applicationName(say`${unit as never}`), name)
  })

const IS_APPLICATION: readonly (readonly [unit: string, isOne: boolean])[] = [
  ['run-u12.scope', true],
  ['app-x.service', true],
  ['app-org.kde.kate@1a2b.service', true],
  ['app-foo@autostart.service', false],
  ['app-.service', false],
  ['apple.service', false],
  ['pipewire.service', false],
  ['dbus-:1.2-org.x@0.service', false],
]
for (const [unit, isOne] of IS_APPLICATION)
  test(`isApplication() says ${isOne} to ${unit}`, () => assert.equal(isApplication(unit), isOne))

const ACTIVATED: readonly (readonly [unit: string, name: string | null])[] = [
  ['dbus-:1.2-org.gnome.TextEditor@0.service', 'org.gnome.TextEditor'],
  ['dbus-:1.2-org.fcitx.Fcitx5@1.service', 'org.fcitx.Fcitx5'],
  ['dbus-:10.27-org.x\\x2dy@112.service', 'org.x-y'],
  ['dbus-:1.2-org.x@.service', null],
  ['dbus-:1-org.x@0.service', null],
  ['dbus-org.freedesktop.login1.service', null],
  ['dbus.service', null],
  ['dbus-broker.service', null],
]
for (const [unit, name] of ACTIVATED)
  test(`activatedName() calls ${unit} ${name}`, () => assert.equal(activatedName(unit), name))

test('a bus is told by its unit and by its processes', () => {
  for (const unit of ['dbus.service', 'dbus-broker.service', 'dbus-daemon.service'])
    assert.ok(isBus(unit))
  assert.ok(!isBus(null) && !isBus('a.service'))
  for (const comm of ['dbus-daemon', 'dbus-broker', 'dbus-broker-lau'])
    assert.ok(isBusProgram(comm))
  assert.ok(!isBusProgram('') && !isBusProgram('dbus-x'))
})
