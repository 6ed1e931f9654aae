/** Where the reader's choices are kept in localStorage. */
export const THEME_KEY = 'guildscope.theme'
export const ZONE_KEY = 'guildscope.zone'

/** Runs in <head>: puts the theme on <html> before anything is painted. Storage may be forbidden: then the system decides. */
export const THEME_SCRIPT = `(function(){var t;try{t=localStorage.getItem('${THEME_KEY}')}catch(e){t=null}
if(t!=='light'&&t!=='dark')t=matchMedia('(prefers-color-scheme: light)').matches?'light':'dark';
document.documentElement.dataset.theme=t})()`
