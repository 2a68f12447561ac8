/**
 * Does something when a button is pressed, once at a time. The button stays enabled meanwhile: one that is disabled loses
 * the focus.
 */
export function onPress(button, act) {
  button.onclick = async () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    try {
      await act();
    } finally {
      button.removeAttribute('aria-disabled');
    }
  };
}
