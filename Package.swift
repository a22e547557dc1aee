// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

/// A library target of fedsim and the tests that mirror it.
func module(
  _ name: String, _ dependencies: [Target.Dependency], tests: [Target.Dependency]? = nil
) -> [Target] {
  var targets: [Target] = [
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
  ]
  if let tests {
    targets.append(
      .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + tests,
        exclude: ["Vectors"], swiftSettings: swiftSettings))
  }
  return targets
}

let package = Package(
  name: "fedsim",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "fedsim", targets: ["fedsim"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(
      url: "https://github.com/HdrHistogram/hdrhistogram-swift", .upToNextMinor(from: "0.2.0")),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CSpawn"),
    .systemLibrary(name: "CFileSystem"),
    .target(name: "CKernels"),
    .target(name: "CSecureAggregation"),
    .executableTarget(
      name: "fedsim",
      dependencies: [
        "CMalloc", "ClientPrograms", "Coordinator", "Device", "DeviceClient", "Experiments",
        "Lifecycle",
        "ModelRegistry", "Privacy", "Report", "RunResults", "Sealing", "Storage", "Tables",
        "Threads",
        "UsageLog",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "fedsim-bench",
      dependencies: [
        "LinearAlgebra", "Models", "Privacy", "Sealing", "SecureAggregation", "UsageData",
      ],
      path: "Benchmarks/fedsim-bench", swiftSettings: swiftSettings),
    .target(
      name: "TestSupport",
      dependencies: ["Federation", "LinearAlgebra", "Models", "Privacy", "SecureAggregation"],
      path: "Tests/TestSupport", swiftSettings: swiftSettings),
    .testTarget(
      name: "fedsimTests", dependencies: ["fedsim"], exclude: ["Vectors"],
      swiftSettings: swiftSettings),
  ]
    + module("LinearAlgebra", ["COpenBLAS", "CKernels"], tests: [])
    + module("Sealing", [.product(name: "Crypto", package: "swift-crypto")], tests: [])
    + module("Models", ["LinearAlgebra"], tests: ["LinearAlgebra"])
    + module("UsageData", ["LinearAlgebra", "Models"], tests: ["LinearAlgebra", "Models"])
    + module(
      "UsageLog",
      [
        "Sealing", "Storage", "Tables", "UsageData", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      tests: [
        "CZlib", "Sealing", "UsageData", "LinearAlgebra",
        .product(name: "GRDB", package: "GRDB.swift"),
      ])
    + module("Privacy", ["LinearAlgebra"], tests: ["LinearAlgebra"])
    + module(
      "SecureAggregation",
      [
        "CSecureAggregation", "Sealing", "Threads",
        .product(name: "Crypto", package: "swift-crypto"),
      ], tests: ["CSecureAggregation", .product(name: "Crypto", package: "swift-crypto")])
    + module(
      "Federation",
      [
        "LinearAlgebra", "Models", "Privacy", "SecureAggregation", "Statistics", "Tables",
        "UsageData",
      ],
      tests: [
        "LinearAlgebra", "Models", "Privacy", "SecureAggregation", "TestSupport", "UsageData",
      ])
    + module(
      "Wire", ["Sealing", "CDeflate"], tests: ["Federation", "Messages", "TestSupport"])
    + module("ClientPrograms", ["CSpawn", "Processes", "Wire"], tests: ["Wire"])
    + module(
      "Messages", ["ClientPrograms", "Federation", "LinearAlgebra", "Sealing", "Wire"],
      tests: ["ClientPrograms", "Federation", "TestSupport", "UsageData", "Wire"])
    + module(
      "DeviceClient",
      [
        "ClientPrograms", "Device", "Federation", "Messages", "SecureAggregation", "Storage",
        "Threads", "UsageLog", "Wire",
      ],
      tests: [
        "Federation", "LinearAlgebra", "Messages", "Models", "SecureAggregation", "TestSupport",
        "UsageData", "Wire",
      ])
    + module(
      "Device",
      [
        "CMalloc", "Federation", "LinearAlgebra", "Models", "Statistics", "UsageData",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      tests: ["Federation", "LinearAlgebra", "Models", "UsageData"])
    + module(
      "Coordinator",
      [
        "CSpawn", "ClientPrograms", "Federation", "LinearAlgebra", "Messages", "Privacy",
        "Processes", "SecureAggregation", "Threads", "Wire",
      ],
      tests: [
        "Federation", "Messages", "Models", "Privacy", "SecureAggregation", "TestSupport",
        "Threads", "UsageData", "Wire", "fedsim",
      ])
    + module(
      "Experiments",
      [
        "ClientPrograms", "Coordinator", "Federation", "LinearAlgebra", "Models", "Privacy",
        "RunResults", "SecureAggregation", "Statistics", "Storage", "Tables", "Threads",
        "UsageData", "UsageLog",
        "Wire", "CDeflate",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Yams", package: "Yams"),
      ],
      tests: [
        "Coordinator", "Federation", "LinearAlgebra", "Models", "Privacy", "RunResults",
        "Statistics", "Storage", "Tables", "TestSupport", "UsageData", "fedsim",
      ])
    + module(
      "ModelRegistry",
      [
        "Storage",
        .product(name: "GRDB", package: "GRDB.swift"),
      ])
    + module(
      "Lifecycle",
      [
        "Coordinator", "Device", "Experiments", "Federation", "LinearAlgebra", "ModelRegistry",
        "Privacy", "Storage", "Tables", "UsageData",
      ], tests: ["Federation"])
    + module("Processes", ["CSpawn"])
    + module("Threads", [])
    + module(
      "Storage", ["CFileSystem", .product(name: "Crypto", package: "swift-crypto")], tests: [])
    + module("Tables", [], tests: [])
    + module("Statistics", [], tests: ["Tables"])
    + module("RunResults", ["Statistics", "Storage", "Tables"])
    + module(
      "Report", ["Privacy", "RunResults", "Statistics", "Storage", "Tables"],
      tests: ["Statistics", "Tables"])
)

// What fuzzes the parsers links only where everything is built for it; see scripts/fuzz.sh.
if Context.environment["FEDSIM_FUZZING"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fedsim-fuzz",
      dependencies: [
        "DeviceClient", "Experiments", "Federation", "Messages", "Models", "UsageData", "UsageLog",
        "Wire",
      ],
      path: "Fuzzing/fedsim-fuzz", swiftSettings: swiftSettings))
}
