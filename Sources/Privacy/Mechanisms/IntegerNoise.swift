/// The noise of one client, by coordinates.
package enum IntegerNoise: Sendable {
  case discreteGaussian(DiscreteGaussianSampler)
  case skellam(SkellamSampler)

  package init(_ mechanism: DistributedMechanism) {
    let deviation = mechanism.localDeviation
    switch mechanism.noise {
    case .discreteGaussian:
      self = .discreteGaussian(DiscreteGaussianSampler(standardDeviation: deviation))
    case .skellam: self = .skellam(SkellamSampler(variance: deviation * deviation))
    }
  }

  package func add(to steps: UnsafeMutableBufferPointer<Int64>, using stream: inout NoiseStream) {
    switch self {
    case .discreteGaussian(let sampler):
      for index in steps.indices { steps[index] &+= sampler.sample(using: &stream) }
    case .skellam(let sampler):
      for index in steps.indices { steps[index] &+= sampler.sample(using: &stream) }
    }
  }
}
