# Completion of stale-libs(8) for fish.

# Sets `verb`, `names` and `given` in its caller: the command of the line, the names behind it, and
# the options. A name alone is explained.
function __stale_libs_read --no-scope-shadowing
    set -l valued
    set -l ended
    for word in (commandline -opc)[2..]
        if test -z "$ended"; and test "$word" = --
            set ended 1
        else if test -z "$ended"; and string match -q -- '-?*' $word
            set -e valued
            set -a given (string replace -r -- '=.*' '' $word)
            set -a names (string replace -f -r -- '^--except=' '' $word)
            contains -- $word --format --of --ignore-unit --ignore-path --color --output --config \
                --except --wait --log-level --proc --root --from --targets --complete
            and set valued $word
        else if set -q valued[1]
            test $valued = --except; and set -a names $word
            set -e valued
        else if set -q verb[1]; or test -n "$ended"
            set -a names $word
        else if contains -- $word scan explain restart mark record
            set verb $word
        else
            set verb explain
            set -a names $word
        end
    end
    # An option whose value is typed now goes with itself.
    set -q valued[1]; and set -e given[-1]
    set -q verb[1]; or test -z "$ended"; or set verb scan
end

# Says whether the command of the line is one of these; `none`: no command stands there.
function __stale_libs_is
    set -l verb
    set -l names
    set -l given
    __stale_libs_read
    set -q verb[1]; or set verb none
    contains -- $verb $argv
end

# Says whether an option goes with the line: its command, then the options that it does not go with.
function __stale_libs_may
    set -l verb
    set -l names
    set -l given
    __stale_libs_read
    set -q verb[1]; or set verb scan
    contains -- $verb (string split , $argv[1]); or return
    for option in $argv[2..]
        contains -- $option $given; and return 1
    end
    return 0
end

# Says whether the value of an option for programs and tests is typed. It is not offered itself.
function __stale_libs_types
    set -l before (commandline -opc)
    test "$before[-1]" = $argv[1]; or string match -q -- "$argv[1]=*" (commandline -ct)
end

# Prints the names that a command takes now, with what is old of each. It asks what `stale-libs`
# means here, and only where that is the command on the line.
function __stale_libs_names
    set -l verb
    set -l names
    set -l given
    __stale_libs_read
    set -l typed (commandline -opc)[1]
    set -l program (command -s stale-libs); or return
    test "$typed" = stale-libs; or test (path resolve -- $typed) = (path resolve -- $program)
    or return
    set -l question --complete $argv[1]
    contains -- --user $given; and set -a question --user
    contains -- --clear $given; and set question[2] clear
    set -l there (string replace -r -- '\.service$' '' $names)
    for line in (timeout --foreground -k 1 5 $program $question </dev/null 2>/dev/null)
        set -l parts (string split -m 1 ' ' -- $line)
        contains -- (string replace -r -- '\.service$' '' $parts[1]) $there
        or string join \t -- $parts
    end
end

# Prints directories, where none is on the line.
function __stale_libs_directory
    set -l verb
    set -l names
    set -l given
    __stale_libs_read
    set -q names[1]; or __fish_complete_directories
end

complete -c stale-libs -f

complete -c stale-libs -n '__stale_libs_is none' -a scan -d 'look, and say what to restart'
complete -c stale-libs -n '__stale_libs_is none' -a explain \
    -d 'why: a unit, PID, package, file or user'
complete -c stale-libs -n '__stale_libs_is none' -a restart \
    -d 'restart what is safe, or NAME; asks first'
complete -c stale-libs -n '__stale_libs_is none' -a mark \
    -d 'let systemd restart it with a later upgrade'
complete -c stale-libs -n '__stale_libs_is none' -a record \
    -d 'keep what was seen, for a bug report'

complete -c stale-libs -n '__stale_libs_is explain' -a '(__stale_libs_names explain)'
complete -c stale-libs -n '__stale_libs_is restart' -a '(__stale_libs_names restart)'
complete -c stale-libs -n '__stale_libs_may mark --list' -a '(__stale_libs_names mark)'
complete -c stale-libs -n '__stale_libs_is record' -a '(__stale_libs_directory)'

complete -c stale-libs -n '__stale_libs_may scan --format --json' -l format -x \
    -a 'text json names prometheus nagios' -d 'text, json, names, prometheus, nagios'
complete -c stale-libs -n '__stale_libs_may scan --json --format' -l json \
    -d 'short for --format json'
complete -c stale-libs -n '__stale_libs_may scan --all -a' -s a -l all \
    -d 'also what is ignored, and code that programs made'
complete -c stale-libs -n '__stale_libs_may scan --quiet -q' -s q -l quiet \
    -d 'nothing when nothing is old (for cron)'
complete -c stale-libs -n '__stale_libs_may scan --system --user --of' -l system \
    -d 'only what belongs to the system'
complete -c stale-libs -n '__stale_libs_may scan --user --system' -l user \
    -d 'only what belongs to users'
complete -c stale-libs -n '__stale_libs_may scan --of --system' -l of -x \
    -a '(__fish_complete_users)' -d 'only what belongs to the user NAME, or to a uid'
complete -c stale-libs -n '__stale_libs_may scan' -l ignore-unit -x \
    -d 'leave out units like GLOB'
complete -c stale-libs -n '__stale_libs_may scan' -l ignore-path -x \
    -d 'leave out files like GLOB'
complete -c stale-libs -n '__stale_libs_may scan --exit-code' -l exit-code \
    -d 'exit with 1 when something is old'
complete -c stale-libs -n '__stale_libs_may scan --color --no-color' -l color -x \
    -a 'auto always never' -d 'colour: auto, always or never'
complete -c stale-libs -n '__stale_libs_may scan --no-color --color' -l no-color \
    -d 'short for --color never'
complete -c stale-libs -n '__stale_libs_may scan --output' -l output -r -F \
    -d 'write the result to FILE, whole or not at all'

complete -c stale-libs -n '__stale_libs_may explain --facts' -l facts \
    -d 'every fact and rule behind the verdict'

complete -c stale-libs -n '__stale_libs_may restart' -l except -x \
    -a '(__stale_libs_names restart)' -d 'leave NAME alone (may be given again)'
complete -c stale-libs -n '__stale_libs_may restart --wait' -l wait -x \
    -d 'watch the restarts so long (120), and cancel nothing'
complete -c stale-libs -n '__stale_libs_may mark --clear --list' -l clear \
    -d 'take the marks back, of all units or of NAME'
complete -c stale-libs -n '__stale_libs_may mark --list --clear --yes -y --dry-run' -l list \
    -d 'show what is marked, and what restarts it'
complete -c stale-libs -n '__stale_libs_may restart,mark --user' -l user \
    -d 'your own services, not those of the system'
complete -c stale-libs -n '__stale_libs_may restart,mark --yes -y --dry-run' -s y -l yes \
    -d 'do not ask'
complete -c stale-libs -n '__stale_libs_may restart,mark --dry-run --yes -y' -l dry-run \
    -d 'show what would be done, and do nothing'

complete -c stale-libs -n '__stale_libs_may record --anonymize' -l anonymize \
    -d 'replace words that people chose: names, parts of paths'

complete -c stale-libs -n '__stale_libs_may scan,explain,restart,mark,record --config' \
    -l config -r -F -d 'read FILE instead of the configuration'
complete -c stale-libs -s h -l help -d 'show the help'
complete -c stale-libs -s V -l version -d 'show the version'

complete -c stale-libs -n '__stale_libs_types --log-level' -l log-level -x \
    -a 'fatal error warn info debug trace silent'
complete -c stale-libs -n '__stale_libs_types --targets' -l targets -r -F
complete -c stale-libs -n '__stale_libs_types --proc' -l proc -x -a '(__fish_complete_directories)'
complete -c stale-libs -n '__stale_libs_types --root' -l root -x -a '(__fish_complete_directories)'
complete -c stale-libs -n '__stale_libs_types --from' -l from -x -a '(__fish_complete_directories)'
