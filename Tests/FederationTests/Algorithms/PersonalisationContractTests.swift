import Federation
import TestSupport
import Testing

/// Every method of personalisation against the contract of methods.
struct PersonalisationContractTests {
  @Test(arguments: PersonalisationConfiguration.all.map { $0.name })
  func eachKeepsTheContract(name: String) throws {
    let method = try #require(PersonalisationConfiguration(named: name)?.method)
    try checkPersonalisation(method)
  }
}
