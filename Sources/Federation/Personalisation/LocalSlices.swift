import Models
import UsageData

/// Names by which an experiment says which parameters stay with each phone: a slice of the model
/// (`output.bias`), all slices of a layer (`output`), or one feature of the linear score (`candidate.hour`).
package enum LocalSlices {
  private static let features = "candidate.weight"

  /// What stays local where nobody says otherwise.
  ///
  /// Of a network its last layer (of a ranker the linear score, not the logits of apps, which take more
  /// events than one phone has); of softmax regression the bias alone, as nothing would travel with its
  /// only layer gone. Of a linear score alone the weights of what a phone counts by hour, part of the
  /// day and place: how regular a person is differs more than how recency counts.
  static func standard(_ model: ParameterLayout) -> [String] {
    let layers = layers(of: model)
    if layers.count > 1 { return layers.suffix(1) }
    if layers == ["output"] { return ["output.bias"] }
    if layers == ["candidate"], names(in: model).contains("candidate.hour") {
      return ["candidate.hour", "candidate.day_part", "candidate.place", "candidate.situation"]
    }
    return model.slices.last.map { [$0.name] } ?? []
  }

  /// Every name that a model has, layers before their slices.
  static func names(in model: ParameterLayout) -> [String] {
    layers(of: model).flatMap { layer in
      [layer]
        + model.slices.filter { Self.layer(of: $0) == layer && $0.name != layer }.flatMap { slice in
          [slice.name] + (isScore(slice) ? featureNames : [])
        }
    }
  }

  /// The names in a text, apart by commas or spaces.
  static func split(_ text: String) -> [String] {
    text.split { $0 == "," || $0 == " " }.map(String.init)
  }

  /// The coordinates with these names, in order and without overlap; unknown names have none.
  static func ranges(_ names: [String], in model: ParameterLayout) -> [Range<Int>] {
    var isLocal = [Bool](repeating: false, count: model.count)
    for name in names {
      for slice in model.slices {
        if slice.name == name || layer(of: slice) == name {
          for index in slice.range { isLocal[index] = true }
        } else if isScore(slice), let feature = featureNames.firstIndex(of: name) {
          isLocal[slice.range.lowerBound + feature] = true
        }
      }
    }
    var ranges: [Range<Int>] = []
    for index in isLocal.indices where isLocal[index] {
      if let last = ranges.last, last.upperBound == index {
        ranges[ranges.count - 1] = last.lowerBound..<(index + 1)
      } else {
        ranges.append(index..<(index + 1))
      }
    }
    return ranges
  }

  private static func layers(of model: ParameterLayout) -> [String] {
    model.slices.map(layer(of:)).reduce(into: []) { layers, layer in
      if layers.last != layer { layers.append(layer) }
    }
  }

  private static func layer(of slice: ParameterSlice) -> String {
    slice.name.split(separator: ".").first.map(String.init) ?? slice.name
  }

  private static func isScore(_ slice: ParameterSlice) -> Bool {
    slice.name == features && slice.count == FeatureLayout.Candidate.width
  }

  private static let featureNames = FeatureLayout.Candidate.allCases.map {
    "candidate." + snakeCase("\($0)")
  }

  private static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
  }
}
