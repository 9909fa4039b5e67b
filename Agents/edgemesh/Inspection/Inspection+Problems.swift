import Networks

extension Inspection {
  /// Problems of one kind at several places.
  struct ProblemGroup {
    var title: String
    var remedy: String
    var subjects: [String]
  }

  /// Problems by what is wrong, in the order of their first appearance.
  var problemGroups: [ProblemGroup] {
    var groups: [ProblemGroup] = []
    var positions: [NetworkProblem: Int] = [:]
    for problem in problems {
      var key = problem
      key.subject = ""
      // A remedy may name the place.
      if problem.kind == .dimension { key.subject = problem.subject }
      if let position = positions[key] {
        groups[position].subjects.append(problem.subject)
        continue
      }
      positions[key] = groups.count
      let title = problem.operatorType.isEmpty ? problem.reason : "\(problem.operatorType): \(problem.reason)"
      groups.append(
        ProblemGroup(
          title: title, remedy: problem.remedy, subjects: problem.subject.isEmpty ? [] : [problem.subject]))
    }
    return groups
  }

  private static let subjectsShown = 6
  private static let groupsShown = 50

  /// What keeps the network from running: a paragraph a reason, with the places and the remedy.
  func problemList(_ width: Int) -> String {
    let groups = problemGroups
    var lines = ["WHAT KEEPS THIS NETWORK FROM RUNNING"]
    for group in groups.prefix(Self.groupsShown) {
      lines += TextBlock.wrap(SingleLine.of(group.title), width: width, indent: 2, hanging: 4)
      if !group.subjects.isEmpty {
        let names = group.subjects.prefix(Self.subjectsShown).map { "'\(Self.shortened($0, to: 48))'" }
        let more = group.subjects.count - names.count
        lines += TextBlock.wrap(
          "at \(names.joined(separator: ", "))" + (more > 0 ? " and \(more) more" : ""), width: width, indent: 6,
          hanging: 9)
      }
      if !group.remedy.isEmpty {
        lines += TextBlock.wrap("-> \(SingleLine.of(group.remedy))", width: width, indent: 6, hanging: 9)
      }
    }
    if groups.count > Self.groupsShown {
      lines.append("  and \(groups.count - Self.groupsShown) more reasons; --json lists all")
    }
    return lines.joined(separator: "\n")
  }
}
