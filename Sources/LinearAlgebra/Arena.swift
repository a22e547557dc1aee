/// Owns the buffers of a workspace: zeroed, aligned to cache lines, freed together.
package final class Arena {
  private var blocks: [UnsafeMutableRawPointer] = []

  package init() {}

  package func allocate<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int
  ) -> UnsafeMutablePointer<Element> {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    blocks.append(block)
    return block.bindMemory(to: type, capacity: count)
  }

  deinit {
    for block in blocks { block.deallocate() }
  }
}
