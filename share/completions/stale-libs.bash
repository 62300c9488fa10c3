# Completion of stale-libs(8) for bash.
# shellcheck shell=bash

# Sets `options` to what is offered of a command: all but what is for programs and tests.
__stale_libs_options() {
  local always=(--config -h --help -V --version)
  local acting=(--user -y --yes --dry-run "${always[@]}")
  case $1 in
    explain) options=(--facts "${always[@]}") ;;
    restart) options=(--except --wait "${acting[@]}") ;;
    mark) options=(--clear --list "${acting[@]}") ;;
    record) options=(--anonymize "${always[@]}") ;;
    *)
      options=(--format --json -a --all -q --quiet --system --user --of --ignore-unit --ignore-path
        --exit-code --color --no-color --output "${always[@]}")
      ;;
  esac
}

# Prints an option in both of its forms.
__stale_libs_forms() {
  case $1 in
    -a | --all) echo -a --all ;;
    -q | --quiet) echo -q --quiet ;;
    -y | --yes) echo -y --yes ;;
    -h | --help) echo -h --help ;;
    -V | --version) echo -V --version ;;
    *) echo "${1%%=*}" ;;
  esac
}

# Says whether a value follows an option.
__stale_libs_has_value() {
  case $1 in
    --format | --of | --ignore-unit | --ignore-path | --color | --output | --config) ;;
    --except | --wait | --log-level | --proc | --root | --from | --targets | --complete) ;;
    *) return 1 ;;
  esac
}

# Sets `words` to the words up to the cursor, as they are typed, and `head` to the part of the last
# one that stays as it is: bash also ends a word at `=`, `:` and `@`, and begins it behind a quote.
__stale_libs_read_line() {
  local at cut piece='' last='' rest=$COMP_LINE
  for ((at = 0; at <= COMP_CWORD; at++)); do
    last=$piece piece=${COMP_WORDS[at]}
    if ((at > 0)) && __stale_libs_is_joined; then
      words[-1]+=$piece
    else
      words+=("$piece")
      rest=${rest#"${rest%%[![:space:]]*}"}
    fi
    rest=${rest#"$piece"}
  done
  # The cursor may stand inside of the word.
  cut=$((${#COMP_LINE} - COMP_POINT - ${#rest}))
  if ((cut > 0 && cut <= ${#piece})); then
    piece=${piece:0:${#piece}-cut} words[-1]=${words[-1]:0:${#words[-1]}-cut}
  fi
  head=${words[-1]}
  case $piece in
    [\'\"]*) head=${head%"$piece"}${piece:0:1} ;;
    *[!=:@]*) head=${head%"$piece"} ;;
  esac
}

# Says whether a piece of the line stands directly behind the one before it.
__stale_libs_is_joined() {
  if [[ -z $piece ]]; then
    return 1
  elif [[ -n $COMP_LINE ]]; then
    [[ $rest == "$piece"* ]]
  else
    [[ $piece == [=:@] || $last == [=:@] ]]
  fi
}

# Sets `text` to what the shell reads of a word as it is typed, and expands nothing in it. It fails
# where a quote begins inside of the word.
__stale_libs_unquote() {
  text=$1
  case $text in
    \'*) text=${text#\'} text=${text%\'} && return ;;
    \"*) text=${text#\"} text=${text%\"} ;;
    *[\'\"]*) return 1 ;;
  esac
  # shellcheck disable=SC2162 # It is to read backslashes.
  [[ $text != *\\* ]] || IFS= read text <<<"$text" || :
}

# Adds words to the answer. $1 stands in front of each of them, and $2 is what is typed of it.
# `about` has what is told beside them.
__stale_libs_offer() {
  local front=$1 typed=$2 at=0 word text told=()
  __stale_libs_unquote "$typed" || return
  shift 2
  for word; do
    local beside=${about[at++]-}
    [[ $word == "$text"* ]] || continue
    case $typed in
      \'*) word=\'$word ;;
      \"*) word=\"${word//\\/\\\\} ;;
      *) printf -v word %q "$word" ;;
    esac
    word=$front$word
    [[ $word == "$head"* ]] || continue
    told+=("${beside:+  ($beside)}")
    COMPREPLY+=("${word#"$head"}")
  done
  # These only show a list, and put nothing of it into the line but what all of it begins with.
  [[ ${COMP_TYPE-} == @(33|63|64) && ${#told[@]} -gt 1 ]] || return 0
  for at in "${!told[@]}"; do COMPREPLY[at]+=${told[at]}; done
}

# Adds files (-f) or directories (-d) to the answer.
__stale_libs_paths() {
  local front=$2 keep=${head#"$2"} path text
  __stale_libs_unquote "$3" || return
  [[ $head != "$front"* ]] || front=''
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do
    COMPREPLY+=("$front${path#"${keep#[\'\"]}"}")
  done < <(compgen "$1" -- "$text")
}

# Adds the names that a command takes now. It asks what `stale-libs` means here, and only where that
# is the command on the line.
__stale_libs_names() {
  local front=$2 typed=$3 program line name beside names=() about=() question=(--complete "$1")
  program=$(type -P stale-libs) || return
  [[ ${words[0]} == stale-libs || ${words[0]} -ef $program ]] || return
  [[ $given != *' --user '* ]] || question+=(--user)
  while IFS= read -r line; do
    name=${line%% *} beside=${line#"$name"}
    [[ $named != *" ${name%.service} "* ]] || continue
    names+=("$name") about+=("${beside# }")
  done < <(timeout --foreground -k 1 5 "$program" "${question[@]}" </dev/null 2>/dev/null)
  __stale_libs_offer "$front" "$typed" "${names[@]}"
}

# Completes the value of an option.
__stale_libs_value() {
  local option=$1 front=$2 typed=$3 about=() names=()
  case $option in
    --format) names=(text json names prometheus nagios) ;;
    --color) names=(auto always never) ;;
    --log-level) names=(fatal error warn info debug trace silent) ;;
    --of) mapfile -t names < <(compgen -u) ;;
    --except) __stale_libs_names restart "$front" "$typed" && return ;;
    --config | --output | --targets) __stale_libs_paths -f "$front" "$typed" && return ;;
    --proc | --root | --from) __stale_libs_paths -d "$front" "$typed" && return ;;
  esac
  __stale_libs_offer "$front" "$typed" "${names[@]}"
}

# Reads the words in front of the cursor: which command, and what stands on the line already.
__stale_libs_read_words() {
  local at word text
  for ((at = 1; at < ${#words[@]} - 1; at++)); do
    __stale_libs_unquote "${words[at]}" || continue
    word=$text
    if [[ -n $valued && ($word != -* || $word == -) ]]; then
      [[ $valued != --except ]] || named+="${word%.service} "
      valued=''
    elif [[ -n $ended || $word != -* ]]; then
      [[ -z $verb || -n $ended ]] || named+="${word%.service} "
      [[ -n $verb || -n $ended ]] || __stale_libs_begin "$word"
    elif [[ $word == -- ]]; then
      ended=1 valued=''
    else
      valued=''
      given+="$(__stale_libs_forms "$word") "
      [[ $word != --except=* ]] || { word=${word#*=} && named+="${word%.service} "; }
      [[ $word == *=* ]] || ! __stale_libs_has_value "$word" || valued=$word
    fi
  done
}

# Sets the command of the line. A name alone is explained.
__stale_libs_begin() {
  case $1 in
    scan | explain | restart | mark | record) verb=$1 ;;
    *) verb=explain named+="${1%.service} " ;;
  esac
}

_stale_libs() {
  local words=() options=() about=() head='' verb='' valued='' ended='' given=' ' named=' ' option
  COMPREPLY=()
  __stale_libs_read_line
  __stale_libs_read_words
  local typed=${words[-1]}
  if [[ -n $valued && ($typed != -* || $typed == -) ]]; then
    __stale_libs_value "$valued" '' "$typed"
  elif [[ -z $ended && $typed == --*=* ]]; then
    __stale_libs_value "${typed%%=*}" "${typed%%=*}=" "${typed#*=}"
  elif [[ -z $ended && $typed == -* ]]; then
    __stale_libs_options "$verb"
    for option in "${options[@]}"; do
      case $option in
        --except | --ignore-*) ;;
        *) [[ $given != *" $option "* ]] || continue ;;
      esac
      __stale_libs_offer '' "$typed" "$option"
    done
  else
    __stale_libs_name "$typed"
  fi
}

# Completes a word that is no option.
__stale_libs_name() {
  case $verb in
    '')
      about=('look, and say what to restart' 'why: a unit, PID, package, file or user'
        'restart what is safe, or NAME; asks first' 'let systemd restart it with a later upgrade'
        'keep what was seen, for a bug report')
      [[ -n $ended ]] || __stale_libs_offer '' "$1" scan explain restart mark record
      ;;
    explain | restart) __stale_libs_names "$verb" '' "$1" ;;
    mark)
      case $given in
        *' --list '*) ;;
        *' --clear '*) __stale_libs_names clear '' "$1" ;;
        *) __stale_libs_names mark '' "$1" ;;
      esac
      ;;
    record) [[ $named != ' ' ]] || __stale_libs_paths -d '' "$1" ;;
  esac
}

complete -F _stale_libs stale-libs
