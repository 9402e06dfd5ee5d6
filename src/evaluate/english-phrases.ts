// The English that yes/no replies are made of: phrases that act as one word, and the words around them.

import { memo } from './memo.js';

/**
 * Tokens that phrases become. `@yes`, `@no`: an answer; `@assent`, `@dissent`: a weak one; `@not`: denies what follows; `@none`: denies
 * the noun that follows; `@seen`: a
 * predicate that affirms its subject; `@gone`: a predicate that denies its subject; `@doubt`: commits to nothing; `@so`, `@fix`: a conclusion, a
 * correction; `@ask`: what follows is asked, not said.
 */
type Mark = '' | 'only' | `@${'yes' | 'no' | 'seen' | 'assent' | 'dissent' | 'not' | 'none' | 'gone' | 'doubt' | 'so' | 'fix' | 'ask'}`;

const seeing = '(?:see|find|spot|detect|identify|locate|observe|notice|recognize|recognise|discern|make out|point out)';
const knowing =
  '(?:tell|say|determine|confirm|verify|answer|know|judge|decide|conclude|be (?:sure|certain|determined|confirmed|known|answered))';
const serving = '(?:help|assist|provide|view|access|process|analyze|analyse|open (?:the|your|this|that|any)|comply|interpret)';
const pictures = '(?:images?|pictures?|photos?|photographs?|attachments?|files?|videos?)';

// In order: what stands earlier is taken first, so longer idioms precede the words inside them.
const phrases: readonly (readonly [Mark, string])[] = [
  // Doubt and refusal.
  ['@doubt', '(?:is |are )?either (?:an? |the )?\\w+(?: \\w+)? or (?:an? |the )?\\w+'],
  ['@not', 'would not (?:say|call (?:it|that|this))'],
  ['@not', 'can not (?:confirm|verify|attest to) (?:the )?(?:presence|existence) of any'],
  ['@doubt', '(?:neither|not) confirm (?:n?or) deny|may or may not|can go either way|fifty fifty|50 50'],
  [
    '@doubt',
    '(?:not|hardly) (?:\\w+ly |100% |that |very |too |so |at all )?(?:sure|certain|clear|confident|evident|possible to (?:tell|say|determine|know|judge))',
  ],
  ['@doubt', `(?:can|could|would|will|do|am|are|is) not (?:be )?(?:\\w+ly )?(?:able to )?(?:${knowing}|${serving})`],
  [
    '@doubt',
    '(?:(?:can|could|do) not|(?:unable|not able) to) (?:identify|recognize) (?:real )?(?:people|individuals|persons|anyone) (?:in|from|based)',
  ],
  ['@doubt', `(?:unable|not able|struggling|failing) to (?:\\w+ly )?(?:${knowing}|${serving})`],
  [
    '@doubt',
    `(?:can|could|do|did) not (?:see|receive|have|get|find)(?: access to)? (?:any|an|the|your|this|that)? ?${pictures}(?: here| yet| attached| provided)?$`,
  ],
  ['@doubt', `(?:not able to|not|unable to) (?:see|view|access|receive) (?:any |the |your |this )?${pictures}$`],
  ['@doubt', '(?:can|could) not (?:really )?see (?:clearly|well|properly|anything)$'],
  ['@doubt', `(?:hard|difficult|impossible|tough|tricky|too \\w+) (?:for me )?to (?:${knowing}|see$|see (?:clearly|well))`],
  [
    '@doubt',
    '(?:no|without)(?: an?| any| the)? (?:image|picture|photo|photograph|attachment|information|context|idea|clue|answer|comment|opinion|way (?:to|of) (?:tell|telling|know|knowing))(?: (?:is|was|has been|were))?(?: (?:provided|attached|available|given|shared|uploaded|included))?(?! (?:of|with|that|has|shows|contains))',
  ],
  [
    '@doubt',
    `(?:image|picture|photo|photograph) (?:is|was|did|has|does|could) not (?:been )?(?:be )?(?:available|provided|attached|load|loaded|shared|uploaded|clear|readable)(?: enough)?`,
  ],
  [
    '@doubt',
    '(?:need|needs|require|requires|not enough|insufficient|not have enough|without) (?:more |further |additional |enough )?(?:information|context|details?|data|evidence)',
  ],
  ['@doubt', '(?:would |will )?(?:need|have|like) to see (?:the|your|this|an?) (?:image|picture|photo)'],
  ['@doubt', 'please (?:provide|upload|share|attach|describe|send|give)'],
  ['@doubt', 'not necessarily|it depends|depends on|not know|not recognize the question|not understand'],
  [
    '@doubt',
    '(?:might|may|could)(?: \\w+ly| well| also)? (?:be(?! (?:seen|found|spotted|visible|observed|thinking|wondering))|have|contain|exist|include|show|appear)',
  ],
  [
    '@doubt',
    'maybe|perhaps|possibly|uncertain|unsure|unclear|ambiguous|undetermined|indeterminate|unknown|unanswerable|inconclusive|undecided|n/a',
  ],
  ['@doubt', 'at (?:first|a) (?:glance|sight|look)'],
  // Idioms with a negation that denies nothing.
  ['@assent', '^(?:without(?: an?| any)? (?:doubt|question)|no (?:doubt|question)(?: about (?:it|that))?|beyond (?:a |any )?doubt)$'],
  [
    '',
    '(?:there (?:is|can be) )?(?:no|without(?: an?| any)?|beyond(?: an?| any)?|not an?) (?:shadow of a )?(?:doubts?|question|denying|mistaking it|mistake)(?: (?:about|of|in) (?:it|that|this))?(?: that)?',
  ],
  [
    '',
    '(?:no|not a) (?:problem|worries|wonder|big deal)|without (?:hesitation|reservation|fail|exception)|more than(?= (?:an?|one|two|three|\\d))|no need to \\w+(?: (?:far|further|hard|closely|twice|long))?|no matter (?:how|what|where)',
  ],
  ['only', 'nothing (?:but|other than)'],
  [
    '',
    'no (?:shortage|lack|end|dearth|scarcity) of|not (?:only|just|merely|simply|solely|to mention)|nothing (?:less than|short of)|none other than|no (?:fewer|less|more) than',
  ],
  [
    '@seen',
    '(?:(?:can|could) not|(?:(?:can|could|would) )?(?:hardly|scarcely|barely)) (?:be )?(?:miss(?:ed)?|overlook(?:ed)?|mistaken)|(?:not |never )?(?:hard|difficult|impossible) to (?:miss|overlook)|(?:hard|difficult|impossible) not to (?:see|notice|spot)',
  ],
  ['', '(?:can|could) not (?:be )?(?:mistake|deny|denied|help but(?: \\w+)?|stop \\w+ing)|not (?:deny|doubt)'],
  ['', 'as far as i can (?:see|tell)|(?:from|to) my eyes?'],
  ['@ask', '(?:as (?:far as|for)|regarding|concerning|when it comes to|in terms of)'],
  ['@seen', `(?:not|never) (?:too |very |at all )?(?:hard|difficult|impossible) to ${seeing}`],
  ['', 'not (?:too |very |so )?far (?:from|away)|not (?:too|very|so) (?:big|large|small|clear)'],
  [
    '',
    '(?:on|to|at|in|from|of|toward|towards) the (?:far |lower |upper |bottom |top |very )*right(?:most)?(?: (?:side|corner|hand side|edge|half|part))?',
  ],
  ['', 'right (?:next|behind|beside|in|on|at|there|here|under|above|below|by|before|after|side|corner|hand|now|of)'],
  [
    '',
    '(?:is|are) (?:true|correct|right|clear|certain|evident|obvious) that|sure enough|for sure|i am (?:\\w+ly )?(?:sure|certain|positive|confident)(?: that| about (?:it|that))?',
  ],
  ['', 'not (?:i|you|we) (?:see|think)|(?:if|when) (?:you|one|we) (?:look|zoom|squint|examine)s?\\b.*'],
  // Answers in other words.
  [
    '@no',
    "not (?:think|believe|suppose|guess) so|(?:i am|i'm) afraid not|(?:i )?(?:think|guess|suppose|believe|hope) not$|i doubt it|far from it|on the contrary",
  ],
  ['@yes', '(?:think|believe|guess|suppose|would say) so$'],
  [
    '@not',
    '(?:not|is not) (?:true|correct|right|accurate|the case|possible) (?:that|to say)|(?:wrong|incorrect|false|untrue|inaccurate|impossible|a mistake) (?:that|to say|to claim|to state)',
  ],
  [
    '@dissent',
    'not (?:true|correct|right|accurate|the case)|no way|no chance|not a chance|by no means|no sir|nothing of the (?:sort|kind)|(?:(?:absolutely|definitely|certainly|surely|of course|clearly|obviously|probably|most likely|really|quite|at all) )+not$|not (?:at all|really|quite)$',
  ],
  ['@assent', 'of course|for certain|you bet|uh huh|mm hmm|by all means|that is (?:right|correct|true)|very much so|you are right'],
  // Denial.
  ['@not', 'used to be(?! (?:no|any)\\b)|formerly'],
  [
    '@gone',
    '(?:has|have|had) been (?:taken|removed|cleared|moved|carried|driven)(?: away| out| off)?$|(?:is|are|was|were|has|have) (?:all )?(?:gone|disappeared|vanished)$|(?:has|have) (?:all )?left$',
  ],
  ['@not', '(?:look|search|hunt|seek)(?:ed|ing|es|s)? (?:\\w+ )?in vain for'],
  [
    '@not',
    `(?:impossible|hard|difficult) to (?:ever )?${seeing}|(?:unable|not able|failed|fails|failing|fail|refuses) to (?:\\w+ly )?(?:${seeing}|show|contain|include|depict|feature|display)`,
  ],
  ['@not', '(?:highly |very )?(?:doubtful|unlikely|improbable)(?: that)?|doubts?(?: that)?|not (?:think|believe|suppose)(?: that)?'],
  [
    '@not',
    '(?:is |are )?(?:devoid|void|bereft|empty|free|clear|short) of|lack(?:s|ing|ed)?(?: (?:of|any))?|(?:the |an )?absence of|(?:is|are) missing(?= an?\\b)|miss(?:es|ing)(?= an?\\b)|exclud(?:es|ing)|omits|without|sans|minus',
  ],
  [
    '@not',
    'rather than|instead of|in place of|as opposed to|except(?:ing)?(?: for)?|other than|apart from|(?:everything|anything) but|unlike',
  ],
  [
    '@none',
    'not (?:a single|one|any|even (?:a|an|one))(?! of the)|no (?:single|signs? of|traces? of|evidence of|indication of|visible|such)|zero|0|none of|neither|hardly (?:an?|any)|barely (?:an?|any)',
  ],
  ['@gone', 'nowhere(?: to be (?:seen|found))?|absent|missing|non ?existent|lacking|invisible|unseen|not to be (?:seen|found)'],
  ['@not', 'hardly|barely|scarcely|never|seldom|rarely'],
  [
    '@so',
    '^(?:so|therefore|thus|hence|consequently|accordingly|overall|ultimately|finally|then)|in (?:conclusion|summary|short|sum)|to (?:conclude|sum up|summarize)|as a result|this means(?: that)?|so',
  ],
  [
    '@fix',
    '^(?:wait|actually|hold on|correction|scratch that|on second thoughts?|oops|let me (?:re ?check|correct)\\b.*|i mean|rather|my mistake)',
  ],
  [
    '@ask',
    `(?:whether|if)(?: or not)?|(?:look(?:ed|ing|s)?|search(?:ed|ing)?|scan(?:ned|ning)?|check(?:ed|ing)?|ask(?:ed|ing|s)?|watch(?:ing)?) (?:\\w+ )?(?:for|about)|the question (?:is|asks|was)|you (?:want|asked|ask)(?: me)?`,
  ],
];

const compiled = phrases.map(([mark, source]) => [mark, new RegExp(`(?<![\\w@])(?:${source})(?![\\w%])`, 'g')] as const);

/** Words as the tables above expect them: contractions written out, possessives dropped. */
export function expand(text: string): string {
  return text
    .replace(/\bye+s+(?:ir)?\b/g, 'yes')
    .replace(/\bno{3,}\b/g, 'no')
    .replace(/\b(\w+)-free\b/g, 'without $1')
    .replace(/\bno[- ]one\b(?! of)|\b(?:not a(?: single)?|no(?: living)?|never a) (?:souls?|human beings?)\b/g, 'nobody')
    .replace(/\b(?:can(?:'t|not|t)|ca n't)(?![\w'])/g, 'can not')
    .replace(/\bwon't\b/g, 'will not')
    .replace(/\bain't\b/g, 'is not')
    .replace(/\b(is|are|was|were|do|does|did|has|have|had|could|would|should|must|might|need)n'?t(?![\w'])/g, '$1 not')
    .replace(/\btheres\b/g, 'there is')
    .replace(/\b(there|it|that|this|here|he|she|what|who|everything|nothing|one)'s\b/g, '$1 is')
    .replace(/n't\b/g, ' not')
    .replace(/'(?:re)\b/g, ' are')
    .replace(/'m\b/g, ' am')
    .replace(/'ve\b/g, ' have')
    .replace(/'ll\b/g, ' will')
    .replace(/'d\b/g, ' would')
    .replace(/'s\b|s'(?=\s)/g, (end) => (end === "s'" ? 's' : ''));
}

/** The words of a clause with every phrase of the table as one token. */
export const tokens: (clause: string) => readonly string[] = memo((clause) => {
  let text = clause
    .split(/[^\p{L}\p{N}'@%/-]+/u)
    .flatMap((word) => (word === 'n/a' ? [word] : word.split(/[-/]+/)))
    .filter(Boolean)
    .join(' ');
  for (const [mark, pattern] of compiled) text = text.replace(pattern, mark);
  return text.split(/\s+/).filter(Boolean);
});

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Words that answer yes. */
export const YES = set('yes yeah yep yup yea aye @yes affirmative');
/** Words that answer no; "no" itself may also belong to a noun. */
export const NO = set('no nope nah nay @no negative');
/** Words that agree, where the clause says nothing else. */
export const ASSENT = set(
  '@assent absolutely definitely certainly sure surely indeed exactly totally undoubtedly clearly obviously correct true right positive ok okay',
);
/** Words that disagree, where the clause says nothing else. */
export const DISSENT = set('@dissent incorrect false wrong untrue');
/** Verbs of seeing and showing, whose object is what is there. */
export const SEE = set(
  'see sees find finds found spot detect detected notice identify observe show shows showing contain contains containing include includes depict depicts ' +
    'feature features featuring display displays have has',
);
/** Predicates that say of their subject that it is there. */
export const THERE = set(
  'visible present there here seen found shown depicted pictured included spotted detected featured exist exists existing appear appears anywhere among amongst part located displayed image picture photo photograph scene frame view shot sight identified observed feature occur',
);
/** Verbs that end an elliptical answer: "there is". */
export const BE = set('is are was were be been do does did can could has have had will would should');
/** Subjects of elliptical answers. */
export const PRONOUN = set('there it this that they he she i we one these those you');
/** Finite verbs that make a piece of a sentence a clause. */
export const VERB = set(
  'is are was were am do does did can could has have had will would should may might must shows show contains contain includes include depicts depict see sees find found looks look ' +
    'sits sit stands stand lies lie runs run plays play walks walk wears wear seems seem appears appear exists exist features displays sleeps resembles holds needs need think believe say lacks',
);
/** Words that name no object. */
export const FUNCTION = set(
  'a an the this that these those it its there here i we you he she they them me my our us one ones any anything some something none nothing nobody either all at of in on to from for with within ' +
    'into by as and or nor is are was were be been being am do does did has have had having can could will would shall should must not so just only even also too very really quite well clearly ' +
    'visibly seem seems appear appears exist exists existing see seen seeing sees find found finds spot spotted detect detected notice noticed identify identified observe observed located show shows ' +
    'shown showing contain contains containing include includes included depict depicts depicted feature features featured display displays displayed present visible pictured image images picture ' +
    'pictures photo photograph scene frame view shot sight figure video anywhere everywhere somewhere looking look looked looks carefully closely ever such kind sort like whatsoever single say said ' +
    'think believe answer question what which where when who how sorry unfortunately oh um uh hmm hm ah please then would confidently definite hard big simple but if now again everything ' +
    'entire whole given provided based upon my reply yet still no yes afraid',
);
/** Scenes: "The image shows a kitchen" describes a picture and answers no question about an object. */
export const SCENES = set(
  'kitchen room bedroom bathroom street road park beach city forest garden office scene landscape view field house building store shop restaurant station airport market indoor outdoor sky',
);
/** Nouns that the asked-for noun only qualifies: a dog bed is not a dog. */
export const QUALIFIED = set('house bed bowl collar leash food toy park tag kennel statue figurine costume poster sign show hotdog shaped');
