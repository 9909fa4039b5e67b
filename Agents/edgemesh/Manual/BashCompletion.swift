/// What bash completes after `edgemesh`, from the commands' manual pages.
enum BashCompletion {
  /// A script for bash-completion's directory, which is loaded at the first use. File names are completed wherever a
  /// value or an operand may be one.
  static func script(for commands: [any Command.Type]) -> String {
    let names = commands.map { $0.page.name }
    var cases: [String] = []
    for command in commands {
      let options = command.page.options
      let words = options.flatMap { option in ["--\(option.name)"] + (option.letter.map { ["-\($0)"] } ?? []) }
      cases.append("    \(command.page.name)) words='\((words + ["--help"]).joined(separator: " "))' ;;")
    }
    return """
      # Bash completion for edgemesh, made from its manual pages.
      _edgemesh() {
        local current=${COMP_WORDS[COMP_CWORD]} words=
        COMPREPLY=()
        if [ "$COMP_CWORD" -eq 1 ]; then
          mapfile -t COMPREPLY < <(compgen -W '\(names.joined(separator: " ")) help --help --version' -- "$current")
          return
        fi
        case ${COMP_WORDS[1]} in
      \(cases.joined(separator: "\n"))
          help) words='\(names.joined(separator: " "))' ;;
        esac
        # Without a match bash falls back to file names, which is what most values and operands are.
        if [[ $current == -* || ${COMP_WORDS[1]} == help ]]; then
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        fi
      }
      complete -o bashdefault -o default -F _edgemesh edgemesh

      """
  }
}
