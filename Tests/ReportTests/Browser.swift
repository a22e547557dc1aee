import Foundation
import Report

/// Headless Chromium, where it is installed.
struct Browser {
  let path: String

  static func find() -> Browser? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return ["chromium", "chromium-browser", "google-chrome"].lazy
      .flatMap { name in folders.map { "\($0)/\(name)" } }
      .first(where: FileManager.default.isExecutableFile).map(Browser.init)
  }

  /// The document after its scripts, and what the browser wrote about it.
  func open(
    _ page: String, isDark: Bool, in folder: TemporaryFolder
  ) throws -> (document: String, messages: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--user-data-dir=\(folder.path)/profile", "--no-first-run", "--enable-logging=stderr",
      "--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND",
      "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--window-size=1400,1000",
      "--virtual-time-budget=5000", "--dump-dom", "file://\(folder.path)/\(page)",
    ]
    let files = ["document", "messages"].map { "\(folder.path)/\($0)" }
    for file in files { try Data().write(to: URL(fileURLWithPath: file)) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: files[0])
    process.standardError = FileHandle(forWritingAtPath: files[1])
    try process.run()
    process.waitUntilExit()
    return (try folder.text(of: "document"), try folder.text(of: "messages"))
  }
}

/// A page that opens the report at two widths, looks at it and presses a heading.
enum Harness {
  /// What it finds, at one width.
  struct Finding: Decodable {
    var width: Int
    /// Pixels by which the page is wider than its window.
    var overflow: Int
    var figures: [String]
    /// Figures with a drawn line that has an extent.
    var drawn: [String]
    /// Least contrast of text in figures, and of the page, with the ground (WCAG 2).
    var contrast: Double
    var isDark: Bool
    /// Tables that are wider than their place, and those that say so.
    var cut: Int
    var cues: Int
    /// A column after one and after two presses on its heading.
    var ascending: [Double]
    var descending: [Double]
  }

  static let page = """
    <!doctype html><meta charset="utf-8">
    <iframe src="report.html" style="width:390px;height:844px;border:0"></iframe>
    <iframe src="report.html" style="width:1280px;height:900px;border:0"></iframe>
    <pre id="findings"></pre>
    <script>
    const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
    const luminance = text => {
      const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(channel);
      return .2126 * r + .7152 * g + .0722 * b;
    };
    const contrast = (a, b) => {
      const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
      return (x + .05) / (y + .05);
    };
    const look = frame => {
      const w = frame.contentWindow, d = w.document, root = d.documentElement;
      const style = element => w.getComputedStyle(element);
      const figures = [...d.querySelectorAll("figure")];
      const texts = figures.flatMap(f => [...f.querySelectorAll("svg text")]
        .map(t => contrast(style(t).fill, style(f).backgroundColor)));
      const rows = () => [...d.querySelectorAll("#every-predictor tbody tr")]
        .map(row => Number(row.cells[column].dataset.value));
      const heads = [...d.querySelectorAll("#every-predictor th")];
      const column = heads.findIndex(head => head.textContent.startsWith("Top-1"));
      const press = () => { heads[column].querySelector("button").click(); return rows(); };
      return {
        width: w.innerWidth, overflow: root.scrollWidth - root.clientWidth,
        figures: figures.map(f => f.id),
        drawn: figures.filter(f => [...f.querySelectorAll("svg g[id*='-plot_'] path")]
          .some(p => p.getBBox().width > 10)).map(f => f.id),
        contrast: Math.min(...texts, contrast(style(d.body).color, style(d.body).backgroundColor)),
        isDark: luminance(style(d.body).backgroundColor) < .2,
        cut: [...d.querySelectorAll(".scroll")]
          .filter(box => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1).length,
        cues: d.querySelectorAll(".hint").length,
        ascending: press(), descending: press(),
      };
    };
    addEventListener("load", () => {
      const findings = [...document.querySelectorAll("iframe")].map(look);
      document.getElementById("findings").textContent = JSON.stringify(findings);
    });
    </script>
    """

  static func findings(in document: String) throws -> [Finding] {
    let text = document.firstMatch(of: #/<pre id="findings">(.*?)<\/pre>/#)?.output.1 ?? "[]"
    return try JSONDecoder().decode([Finding].self, from: Data(text.utf8))
  }
}
