/// The files that a package installs beside the program, made by the program itself from its manual pages.
///
/// `edgemesh --generate DIR` writes them. It is for the package's build, and stands on no manual page.
enum GeneratedFiles {
  /// File names and contents.
  static func all(for commands: [any Command.Type]) -> [(name: String, text: String)] {
    var files = [("edgemesh.1", Program.overviewRoff(of: commands))]
    for command in commands {
      files.append(("edgemesh-\(command.page.name).1", command.page.roff(version: Program.version)))
    }
    files.append(("edgemesh.bash", BashCompletion.script(for: commands)))
    return files
  }

  /// Writes all files into `directory`, which is made where it is missing.
  static func write(for commands: [any Command.Type], to directory: String) throws(Failure) {
    try WholeFile.makeDirectory(directory)
    for file in all(for: commands) {
      try WholeFile.write(Array(file.text.utf8), to: "\(directory)/\(file.name)", as: "the generated file")
    }
  }
}
