/** The two lines that open every solution, statement and stub alike: class and target method. */
export function signature(methodName: string): string {
  return `class Solution:\n    def ${methodName}(self, nums: List[int]) -> int:\n`;
}
