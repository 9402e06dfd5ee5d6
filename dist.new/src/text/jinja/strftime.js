// Dates as C's strftime writes them in its own locale, for `strftime_now`.
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
    'January', 'February', 'March', 'April', 'May', 'June',
    'July', 'August', 'September', 'October', 'November', 'December',
]; // biome-ignore format: a year
const pad = (n, width = 2, fill = '0') => String(n).padStart(width, fill);
/** Writes a date in local time. Unknown directives stay as they are. */
export function strftime(date, format) {
    const year = date.getFullYear();
    const month = date.getMonth();
    const day = date.getDate();
    const weekday = date.getDay();
    const hour = date.getHours();
    const dayOfYear = Math.round((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / 86_400_000);
    // ISO weeks belong to the year of their Thursday.
    const thursday = new Date(Date.UTC(year, month, day + 3 - ((weekday + 6) % 7)));
    const isoYear = thursday.getUTCFullYear();
    const isoWeek = Math.floor((thursday.getTime() - Date.UTC(isoYear, 0, 1)) / 86_400_000 / 7) + 1;
    const one = (directive) => {
        switch (directive) {
            case 'a': return DAYS[weekday].slice(0, 3);
            case 'A': return DAYS[weekday];
            case 'w': return String(weekday);
            case 'u': return String(weekday === 0 ? 7 : weekday);
            case 'd': return pad(day);
            case 'e': return pad(day, 2, ' ');
            case 'b':
            case 'h': return MONTHS[month].slice(0, 3);
            case 'B': return MONTHS[month];
            case 'm': return pad(month + 1);
            case 'y': return pad(year % 100);
            case 'Y': return String(year);
            case 'C': return pad(Math.floor(year / 100));
            case 'G': return String(isoYear);
            case 'g': return pad(isoYear % 100);
            case 'V': return pad(isoWeek);
            case 'U': return pad(Math.floor((dayOfYear + 7 - weekday) / 7));
            case 'W': return pad(Math.floor((dayOfYear + 7 - ((weekday + 6) % 7)) / 7));
            case 'j': return pad(dayOfYear + 1, 3);
            case 'H': return pad(hour);
            case 'k': return pad(hour, 2, ' ');
            case 'I': return pad(hour % 12 || 12);
            case 'l': return pad(hour % 12 || 12, 2, ' ');
            case 'M': return pad(date.getMinutes());
            case 'S': return pad(date.getSeconds());
            case 'f': return pad(date.getMilliseconds() * 1000, 6);
            case 'p': return hour < 12 ? 'AM' : 'PM';
            case 'P': return hour < 12 ? 'am' : 'pm';
            case 's': return String(Math.floor(date.getTime() / 1000));
            // Python's datetime.now() has no zone, so both are empty.
            case 'z':
            case 'Z': return '';
            case 'D':
            case 'x': return strftime(date, '%m/%d/%y');
            case 'T':
            case 'X': return strftime(date, '%H:%M:%S');
            case 'R': return strftime(date, '%H:%M');
            case 'r': return strftime(date, '%I:%M:%S %p');
            case 'F': return strftime(date, '%Y-%m-%d');
            case 'c': return strftime(date, '%a %b %e %H:%M:%S %Y');
            case 'n': return '\n';
            case 't': return '\t';
            case '%': return '%';
        } // biome-ignore format: a table
        return undefined;
    };
    return format.replace(/%(-?)([\s\S])/g, (whole, minus, directive) => {
        const found = one(directive);
        if (found === undefined)
            return whole;
        return minus === '' ? found : found.replace(/^[0 ]+(?=.)/, '');
    });
}
//# sourceMappingURL=strftime.js.map