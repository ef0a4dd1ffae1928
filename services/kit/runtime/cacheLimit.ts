/**
 * Options that bound an LRUCache to so many entries without taking the room for all of them at once: with `max` it reserves
 * its lists when it is made, which for large caches that stay nearly empty cost tens of megabytes.
 */
export const upTo = (entries: number): { maxSize: number; sizeCalculation: () => number } => ({
  maxSize: entries,
  sizeCalculation: () => 1,
});
