import Foundation
import Testing

/// The completion scripts: what bash offers after a part of a command was typed.
struct CompletionTests {
  /// Sources the script, as a person would, and asks what it offers for the last word.
  private func offered(_ words: [String], in folder: TemporaryFolder) throws -> Set<String> {
    let program = CommandLineProgram.executable
    let quoted = (["fedsim"] + words).map { "'\($0)'" }.joined(separator: " ")
    let script = """
      fedsim() { '\(program)' "$@"; }
      source <('\(program)' --generate-completion-script bash)
      COMP_WORDS=(\(quoted))
      COMP_CWORD=\(words.count)
      COMP_LINE="${COMP_WORDS[*]}"
      COMP_POINT=${#COMP_LINE}
      COMP_TYPE=9
      complete -p fedsim >complete
      "$(sed -n 's/.*-F \\([^ ]*\\).*/\\1/p' complete)" fedsim \
        "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let output = try CommandLineProgram.bash(script, in: folder)
    return Set(
      output.split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      })
  }

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["experiments", "results"] {
      try FileManager.default.createDirectory(
        at: folder.file(name), withIntermediateDirectories: false)
    }
    for name in ["quick.yaml", "quick.txt", "experiments/quest.yaml", "phones.sqlite"] {
      try folder.write("name: a\n", to: name)
    }
    return folder
  }

  @Test func experimentsFoldersAndKeysAreOffered() throws {
    let folder = try folder()
    for verb in ["run", "sweep", "plan", "validate", "audit", "lifecycle"] {
      let found = try offered([verb, "qu"], in: folder)
      #expect(found.contains("quick.yaml") && !found.contains("quick.txt"), "\(verb): \(found)")
    }
    #expect(try offered(["run", "experiments/qu"], in: folder).contains("experiments/quest.yaml"))
    #expect(try offered(["run", "exp"], in: folder).contains { $0.hasPrefix("experiments") })
    for words in [
      ["compare", "res"], ["plot", "res"], ["report", "res"], ["resume", "res"], ["list", "res"],
      ["run", "quick.yaml", "--out", "res"], ["registry", "add", "res"],
    ] {
      let found = try offered(words, in: folder)
      #expect(found.contains { $0.hasPrefix("results") }, "\(words): \(found)")
    }
    for words in [
      ["data", "import", "ph"], ["data", "describe", "ph"], ["data", "expire", "ph"],
      ["verify", "ph"], ["data", "import", "a.csv", "--seal-key-file", "ph"],
    ] {
      #expect(try offered(words, in: folder).contains("phones.sqlite"), "\(words)")
    }
    #expect(try offered(["explain", "training.r"], in: folder).contains("training.rounds"))
    #expect(try offered(["run", "quick.yaml", "--set", "seed"], in: folder) == ["seed="])
    #expect(try offered(["swe"], in: folder) == ["sweep"])
  }

  @Test(arguments: ["zsh", "fish"]) func otherShellsHaveFilesToo(shell: String) throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(
      ["--generate-completion-script", shell], in: folder.url)
    #expect(result.exitCode == 0 && result.output.contains("yaml"))
    #expect(result.output.contains(shell == "zsh" ? "_files" : "__fish_complete_directories"))
  }
}
