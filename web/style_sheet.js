// SPDX-License-Identifier: MIT

/// Loads a style sheet that lies beside the scripts; rejects if it cannot be loaded, and may then be called again.
export async function loadStyle(name) {
  const style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = new URL(name, import.meta.url).href;
  await new Promise((resolve, reject) => {
    style.onload = resolve;
    style.onerror = () => {
      style.remove();
      reject(new Error(`${name} could not be loaded`));
    };
    document.head.append(style);
  });
}
