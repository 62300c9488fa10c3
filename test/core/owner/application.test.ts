import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  activatedName,
  applicationName,
  isApplication,
  isBus,
  isBusProgram,
  isInTerminal,
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
  ['gnome-launched-firefox.desktop-1234.scope', 'firefox'],
  ['gnome-launched-snap-store_snap-store.desktop-11215.scope', 'snap-store_snap-store'],
  ['gnome-launched-gvim-77.scope', 'gvim'],
  // xdg-desktop-portal, tests/test-xdp-utils.c
  [
    'app-gnome-org.gnome.Evolution\\x2dalarm\\x2dnotify-2437.scope',
    'org.gnome.Evolution-alarm-notify',
  ],
  ['app-glib-spice\\x2dvdagent-1839.scope', 'spice-vdagent'],
  ['app-com.obsproject.Studio-d70acc38b5154a3a8b4a60accc4b15f4.scope', 'com.obsproject.Studio'],
  // uwsm, app2unit, runapp: app-DESKTOP-NAME-HEX.scope, app-DESKTOP-NAME@HEX.service
  ['app-Hyprland-foot-1234.scope', 'foot'],
  ['app-Hyprland-org.kde.dolphin@1a2b3c4d.service', 'org.kde.dolphin'],
  ['app-Hyprland-google\\x2dchrome-deadbeef.scope', 'google-chrome'],
  ['app-niri-foot-cafebabe.scope', 'foot'],
  // sway-systemd, assign-cgroups.py: app-ID-PID.scope
  ['app-org.wezfurlong.wezterm-7431.scope', 'org.wezfurlong.wezterm'],
  ['app-foot-7431.scope', 'foot'],
  // KDE: kio, ScopedProcessRunner and SystemdProcessRunner
  ['app-org.kde.konsole-1234.scope', 'org.kde.konsole'],
  ['app-org.kde.kate@07dd78c014ab4fe48f7395474e0b5c5e.service', 'org.kde.kate'],
  // Chromium, components/dbus/xdg/systemd.cc
  ['app-org.chromium.Chromium-4412.scope', 'org.chromium.Chromium'],
  ['app-cinnamon-firefox-90210.scope', 'firefox'],
  ['app-DDE-org.deepin.music@07dd78c0.service', 'org.deepin.music'],
  // A random part of letters only, and an instance of a scope.
  ['app-steam-qwzx.scope', 'steam'],
  ['app-gnome-steam-qwzx.scope', 'steam'],
  ['app-gnome-steam@12.scope', 'steam'],
  ['app-flatpak-77.scope', 'flatpak'],
  // Dashes that were not escaped.
  ['app-niri-google-chrome-4711.scope', 'google-chrome'],
  ['app-niri-com.foo-bar-4711.scope', 'com.foo-bar'],
  ['app-niri-google-chrome@1.service', 'google-chrome'],
  // No name of an application.
  ['app-.scope', 'app-.scope'],
  ['app-@x.service', 'app-@x.service'],
  ['run-u12.scope', 'run-u12.scope'],
  ['run-r0123456789abcdef0123456789abcdef.scope', 'run-r0123456789abcdef0123456789abcdef.scope'],
  ['run-p226-i12596755.scope', 'run-p226-i12596755.scope'],
  ['a.service', 'a.service'],
]
for (const [unit, name] of APPLICATIONS)
  test(`applicationName() calls ${unit} ${name}`, () => {
    assert.equal(applicationName(say`${unit as never}`), name)
  })

const D_BUS_SLICE = 'app-dbus\\x2d:1.2\\x2dorg.gnome.Console.slice'

/** Scopes of what runs in terminals, with their slices, and the names of the terminals. */
const IN_TERMINALS: readonly (readonly [unit: string, slices: string, name: string])[] = [
  ['tmux-spawn-703ca517-642e-43fb-a581-aa61b20b1709.scope', '', 'tmux'],
  ['tmux-spawn-703ca517-642e-43fb-a581-aa61b20b1709.scope', 'app.slice app-x.slice', 'tmux'],
  ['vte-spawn-1f2e.scope', 'app.slice app-org.gnome.Terminal.slice', 'org.gnome.Terminal'],
  ['vte-spawn-1f2e.scope', 'app.slice app-gnome-org.x.Tilix-92502.slice', 'org.x.Tilix'],
  ['vte-spawn-1f2e.scope', `app.slice ${D_BUS_SLICE}`, 'org.gnome.Console'],
  ['vte-spawn-1f2e.scope', 'app.slice app-graphical.slice', 'terminal'],
  ['vte-spawn-1f2e.scope', 'app.slice', 'terminal'],
  ['vte-spawn-1f2e.scope', '', 'terminal'],
  ['ptyxis-spawn-be64c1b8-8110-413d-acfe-e88f0f09ec17.scope', 'app.slice', 'ptyxis'],
  ['kitty-4711-2.scope', 'app.slice', 'kitty'],
  ['app-ghostty-surface-transient-1562569.scope', 'app.slice', 'ghostty'],
]
for (const [unit, slices, name] of IN_TERMINALS)
  test(`what runs in ${unit} of "${slices}" runs in ${name}`, () => {
    assert.ok(isInTerminal(unit))
    assert.equal(applicationName(say`${unit as never}`, slices.split(' ')), name)
  })

for (const unit of ['app-ghostty-transient-3264.scope', 'tmux-spawn-.service', 'kitty-4711.scope'])
  test(`${unit} is no scope of what runs in a terminal`, () => assert.ok(!isInTerminal(unit)))

const IS_APPLICATION: readonly (readonly [unit: string, isOne: boolean])[] = [
  ['run-u12.scope', true],
  ['app-x.service', true],
  ['app-org.kde.kate@1a2b.service', true],
  ['app-foo@autostart.service', false],
  ['app-gnome-org.gnome.SettingsDaemon.DiskUtilityNotify-autostart.service', false],
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
