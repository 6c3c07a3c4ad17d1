// The contrast of each text in an element with what it stands on, as WCAG 2.1 counts it.
(explorer) => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((part, n) => part * a + below[n] * (1 - a)).concat(1);
  const linear = (part) =>
    (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  const walker = document.createTreeWalker(explorer, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const { width } = node.getBoundingClientRect();
    const text = walker.currentNode.textContent.trim();
    if (!text || width < 2 || !node.checkVisibility()) continue;
    if (node.closest('.is-unread') || node.tagName === 'OPTION') continue;
    if (node.closest('.is-refused :is(.cv-board, .cv-sum, .cv-formulas)')) continue; // dimmed
    const path = [];
    for (let each = node; each; each = each.parentElement) path.unshift(each);
    let ground = [255, 255, 255, 1], opacity = 1;
    for (const each of path) {
      const style = getComputedStyle(each);
      ground = over(rgba(style.backgroundColor), ground);
      opacity *= Number(style.opacity);
    }
    const ink = rgba(getComputedStyle(node).color);
    ink[3] *= opacity;
    const [a, b] = [luminance(over(ink, ground)), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([contrast, node.className, text.slice(0, 30)]);
  }
  return found;
}
