import Federation
import Testing

import Lifecycle

/// When the monitor asks for a retraining.
struct AccuracyMonitorTests {
  private static func monitor(
    _ reference: MonitorConfiguration.Reference, threshold: Double = 0.8, window: Int = 2,
    cooldown: Int = 0
  ) -> AccuracyMonitor {
    var configuration = MonitorConfiguration()
    configuration.reference = reference
    configuration.threshold = threshold
    configuration.windowDays = window
    configuration.cooldownDays = cooldown
    return AccuracyMonitor(configuration)
  }

  /// The days, counted from 0, on which the monitor says so.
  private static func alarms(
    _ monitor: AccuracyMonitor, _ accuracies: [Double?], ceilings: [Double?] = []
  ) -> [Int] {
    var monitor = monitor
    return accuracies.indices.filter { day in
      monitor.record(
        accuracy: accuracies[day],
        shareOfCeiling: day < ceilings.count ? ceilings[day] : nil)
      return monitor.isBelow
    }
  }

  @Test func oneBadDayIsNoDrift() {
    #expect(Self.alarms(Self.monitor(.absolute), [0.9, 0.75, 0.9, 0.9]) == [])
    #expect(Self.alarms(Self.monitor(.absolute), [0.9, 0.6, 0.7, 0.7, 0.95]) == [2, 3])
    #expect(Self.alarms(Self.monitor(.absolute), [0.5]) == [])
  }

  @Test func theThresholdItselfIsEnough() {
    #expect(Self.alarms(Self.monitor(.absolute, threshold: 0.75), [0.75, 0.75, 0.5]) == [])
  }

  @Test func afterAReleaseItsFirstDaysAreTheMeasure() {
    // Released at 0.5: below 0.4 it is too low, however low 0.45 may be by itself.
    #expect(Self.alarms(Self.monitor(.release), [0.5, 0.5, 0.45, 0.42, 0.3, 0.3]) == [5])
    var monitor = Self.monitor(.release)
    for accuracy in [0.5, 0.5, 0.3, 0.3] {
      monitor.record(accuracy: accuracy, shareOfCeiling: nil)
    }
    #expect(monitor.isBelow)
    monitor.release()
    #expect(!monitor.isBelow)
    #expect(Self.alarms(monitor, [0.3, 0.3, 0.25, 0.2, 0.2]) == [4])
  }

  @Test func theCeilingMayBeTheMeasure() {
    let alarms = Self.alarms(
      Self.monitor(.ceiling, threshold: 0.9), [0.3, 0.3, 0.3, 0.3],
      ceilings: [0.95, 0.95, 0.8, 0.8])
    #expect(alarms == [3])
  }

  @Test func aDayWithoutAMeasurementDoesNotCount() {
    #expect(Self.alarms(Self.monitor(.absolute), [0.5, nil, .nan, 0.5]) == [3])
  }

  @Test func coolingDownHoldsItBack() {
    var monitor = Self.monitor(.absolute, cooldown: 3)
    monitor.coolDown()
    #expect(Self.alarms(monitor, [0.1, 0.1, 0.1, 0.1, 0.1]) == [3, 4])
  }
}
