/** A catalogue of sentences, which bundle.py puts in the place of its import (language.js). */
declare module "*.toml" {
  const sentences: Record<string, string | { one?: string; other: string }>;
  export default sentences;
}
