// Keeps the field in sight where little of the page is seen: on a phone with its keyboard open.

const LOW = 28; // Rem: below this height what stays in place leaves no room to read.

/** `below` is what stands under the field and may leave the sight where it is low. */
export function keepInSight(below) {
  const root = document.documentElement;
  const view = window.visualViewport;
  const measure = () => {
    // Whoever magnifies the page chooses what is seen of it.
    const magnified = view.scale > 1.01;
    const height = magnified ? root.clientHeight : view.height;
    // Some keyboards lie over the page instead of making it lower.
    const covered = magnified ? 0 : root.clientHeight - view.height - view.offsetTop;
    const rem = parseFloat(getComputedStyle(root).fontSize);
    root.classList.toggle("low", height <= LOW * rem);
    root.style.setProperty("--covered", `${Math.max(0, Math.round(covered))}px`);
    root.style.setProperty("--below", `${below.offsetHeight}px`);
  };
  new ResizeObserver(measure).observe(below);
  for (const event of ["resize", "scroll"]) view.addEventListener(event, measure);
  measure();
}
