import Glibc

Console.secureDescriptors()
// A reader that went away is an error of the write that finds out, not the end of the process.
signal(SIGPIPE, SIG_IGN)
exit(Program.run(Array(CommandLine.arguments.dropFirst()), .standard).rawValue)
