import Federation
import Privacy
import Testing

struct TimeValidationTests {
  private static func problem(_ change: (inout Configuration) -> Void) -> String? {
    let configuration = TimekeeperTests.configuration(change)
    do throws(SettingError) {
      try configuration.validate()
      return nil
    } catch {
      return error.keyPath
    }
  }

  private static func gaussian(_ configuration: inout Configuration) {
    configuration.privacy.mechanism = .gaussian
    configuration.privacy.clippingBound = Setting(1)
    configuration.privacy.noiseMultiplier = Setting(1)
  }

  private static func overSelection(_ change: (inout OverSelection) -> Void = { _ in })
    -> OverSelection
  {
    var schedule = OverSelection()
    change(&schedule)
    return schedule
  }

  @Test func timeNeedsDevices() {
    #expect(Self.problem { _ in } == nil)
    #expect(
      Self.problem {
        $0.devices = DeviceConfiguration()
        $0.schedule.value = OverSelection()
      } == "schedule.mode")
    #expect(
      Self.problem {
        $0.devices = DeviceConfiguration()
        $0.availability.value = PhoneAvailability()
      } == "availability.source")
    #expect(
      Self.problem {
        $0.population.source = .worker
        $0.model.kind = .worker
        $0.model.parameters = Setting(3)
        $0.workers.program = Setting("true")
      } == "devices.source")
    #expect(
      Self.problem {
        $0.population.source = .benchmark
        $0.evaluation.every = 0
        $0.availability.value = PhoneAvailability()
      } == "availability.source")
    #expect(Self.problem { $0.devices.value = ListedDevices() } == "devices.path")
    #expect(Self.problem { $0.availability.value = ListedAvailability() } == "availability.path")
  }

  /// Amplification by sampling holds where clients are drawn before anybody knows who is there.
  @Test func whoIsAvailableIsNoSample() {
    func problem(
      _ sampling: TrainingConfiguration.Sampling, _ selection: AvailabilitySettings.Selection,
      _ change: @escaping (inout Configuration) -> Void
    ) -> String? {
      Self.problem {
        $0.availability.value = PhoneAvailability()
        $0.availability.shared.selection = selection
        $0.training.sampling = sampling
        if sampling == .minSeparation { $0.training.minSeparation = Setting(3) }
        change(&$0)
      }
    }
    #expect(problem(.fixedSize, .available) { _ in } == nil)
    #expect(problem(.poisson, .available) { _ in } == "training.sampling")
    #expect(problem(.poisson, .sampled, Self.gaussian) == nil)
    #expect(problem(.fixedSize, .sampled, Self.gaussian) == nil)
    #expect(problem(.fixedSize, .available, Self.gaussian) == "availability.selection")
    #expect(problem(.minSeparation, .available, Self.gaussian) == nil)
    // Noise of the phones themselves is accounted for without amplification.
    #expect(
      problem(.fixedSize, .available) {
        Self.gaussian(&$0)
        $0.privacy.mechanism = .localGaussian
        $0.privacy.clippingBound = Setting(0.5)
      } == nil)
  }

  @Test func theFirstAreNoSampleEither() {
    #expect(Self.problem { $0.schedule.value = OverSelection() } == nil)
    #expect(
      Self.problem {
        $0.schedule.value = OverSelection()
        Self.gaussian(&$0)
      } == "schedule.first_only")
    #expect(
      Self.problem {
        $0.schedule.value = Self.overSelection { $0.firstOnly = false }
      } == "schedule.deadline_seconds")
    #expect(
      Self.problem {
        $0.schedule.value = Self.overSelection {
          $0.firstOnly = false
          $0.deadlineSeconds = Setting(60)
        }
        Self.gaussian(&$0)
      } == nil)
    #expect(
      Self.problem {
        $0.schedule.value = Self.overSelection { $0.minimumReports = Setting(51) }
      } == "schedule.minimum_reports")
    // With one client less a round would be abandoned, without noise.
    #expect(
      Self.problem {
        $0.schedule.value = Self.overSelection {
          $0.firstOnly = false
          $0.deadlineSeconds = Setting(60)
          $0.minimumReports = Setting(10)
        }
        Self.gaussian(&$0)
      } == "schedule.minimum_reports")
    #expect(
      Self.problem {
        $0.schedule.value = OverSelection()
        $0.training.cohortSize = 800
      } == "training.cohort_size")
    #expect(
      Self.problem {
        $0.schedule.value = OverSelection()
        $0.training.sampling = .randomAllocation
      } == "schedule.mode")
    #expect(
      Self.problem {
        $0.schedule.value = OverSelection()
        Self.gaussian(&$0)
        $0.privacy.mechanism = .discreteGaussian
      } == "schedule.mode")
  }

  /// Who comes too late drops out of the session, which has to bear it.
  @Test func sessionsBearThoseWhoAreLate() {
    func problem(dropouts: Double) -> String? {
      Self.problem {
        $0.schedule.value = OverSelection()
        $0.secureAggregation.protocol = .secaggPlus
        $0.secureAggregation.dropoutFraction = dropouts
      }
    }
    #expect(problem(dropouts: 0.2) == "secure_aggregation.dropout_fraction")
    #expect(problem(dropouts: 0.3) == nil)
  }

  /// The accountant hears of all who are drawn, not of those who are wanted.
  @Test func theRateIsThatOfTheSelection() throws {
    let configuration = TimekeeperTests.configuration {
      Self.gaussian(&$0)
      $0.training.sampling = .poisson
      $0.schedule.value = Self.overSelection {
        $0.firstOnly = false
        $0.deadlineSeconds = Setting(60)
      }
    }
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    #expect(plan.schedule.sampling.rate == 0.065)
  }
}
