// Questions from headings: what a user would ask to be led to a section of that name. By the form of the heading, without a language model.
import type { Snippet } from '../snippet.ts';
import { asked, asUser, inSentence, isHan } from './wording.ts';

/** Longer headings are sentences, and no pattern fits them. */
const MOST_WORDS = 10;
const MOST_CHARACTERS = 25;

/** Says nothing about its section; the heading above it does. */
const GENERIC =
  /^(?:overview|introduction|summary|notes?|faq|examples?|details|general|background|contents|see also|other|more|概述|概览|简介|介绍|说明|备注|总览|示例|例子|其他|更多|常见问题|注意事项)$/i;

/**
 * The question that the snippet's heading suggests; none for a page without headings and for headings that are sentences.
 * `isUnique` tells whether a title stands for one snippet only; else the heading above it goes with it.
 */
export function headingQuestions({ headingPath }: Snippet, isUnique: (title: string) => boolean): string[] {
  let path = headingPath;
  while (path.length > 0 && GENERIC.test(path.at(-1)!)) path = path.slice(0, -1);
  const title = path.at(-1)?.trim();
  if (!title) return [];
  const above = path.at(-2);
  const question = isHan(title) ? chinese(title) : english(title);
  if (!question) return [];
  return [above === undefined || isUnique(title) ? question : within(question, above)];
}

/** A question that only makes sense below another heading. */
function within(question: string, above: string): string {
  if (isHan(question)) return `${above}：${question}`;
  return `${question.slice(0, -1)} (${inSentence(above)})?`;
}

/** `E17`, `ERR-203`: names of devices look alike but for the letter. */
const ERROR_CODE = /^(?:E|ERR|ERROR)[-_ ]?\d[\w-]*/i;

/** Verbs that no help page uses as a noun at the head of a heading. */
const VERBS = new Set(
  'add apply approve buy calculate cancel choose configure connect convert create deactivate delete disable disconnect edit enable find get give import install invite join keep log make manage merge move open pay prepare reactivate register remove rename renew replace reschedule restore revoke save select send set share sign submit take transfer troubleshoot turn uninstall unlock update use verify withdraw write'.split(
    ' ',
  ),
);
/** Verbs only before one of {@link DETERMINER}: "Return a tent" is to be done, "Return window" is a thing. */
const VERBS_OR_NOUNS = new Set(
  'ask book change check claim clean close collect compare contact copy download exchange export extend fix leave link load lock order pack pause place plan print publish read repair report request reset restart return run schedule ship show start stop store switch test track upgrade upload view wash work'.split(
    ' ',
  ),
);
const DETERMINER = /^(?:an?|the|your|my|our|this|another|new|all|out|up|off|us|it)$/i;
const THINGS_IN_ING =
  /^(?:pricing|billing|shipping|training|meeting|setting|building|opening|housing|onboarding|parking|catering|string|during|morning|evening|spring|thing|nothing|everything|marketing|accounting|roaming|lodging|funding|wellbeing|ceiling|clothing)s?$/i;

function english(title: string): string | undefined {
  const plain = title.replace(/^(?:the|an?)\s+/i, '').replace(/[\s:.!]+$/, '');
  const words = plain.split(/\s+/);
  if (/\?\s*$/.test(title)) return title.trim();
  if (words.length > MOST_WORDS || plain === '') return undefined;
  const phrase = asUser(inSentence(plain));
  const [first = '', second = ''] = words.map((word) => word.toLowerCase());
  const code = ERROR_CODE.exec(plain)?.[0];
  if (code) return `What does ${code} mean?`;
  const open = /^(how|where|when|what) to (.+)$/i.exec(plain);
  if (open) return `${open[1]![0]!.toUpperCase()}${open[1]!.slice(1).toLowerCase()} do I ${asUser(open[2]!)}?`;
  if (/^(?:can|do|does|is|are|may|should|must|will)$/.test(first)) return asked(asUser(plain));
  if (/^(?:how|what|when|where|who|why|which|whether|if)$/.test(first)) return `Can you tell me ${phrase}?`;
  const isToDo = VERBS.has(first) ? words.length > 1 : VERBS_OR_NOUNS.has(first) && DETERMINER.test(second);
  if (isToDo) return `How do I ${phrase}?`;
  return aboutThing(phrase);
}

const PREPOSITION = /\s(?:for|of|in|to|with|without|on|at|by|from|under|after|before|between|and|or|as)\s/i;

/** A question about a thing, by the last word of its name. */
function aboutThing(phrase: string): string {
  const { head, isSeveral } = headOf(phrase);
  const be = isSeveral ? 'are' : 'is';
  if (/^(?:times?|periods?|windows?|durations?|notice)$/i.test(head)) return `How long ${be} the ${phrase}?`;
  if (/^deadlines?$/i.test(head)) return `When ${be} the ${phrase}?`;
  if (/^(?:fee|price|cost|rate|allowance|discount)s?$/i.test(head)) return `How much ${be} the ${phrase}?`;
  if (LISTED.test(head)) return `What are the ${phrase}?`;
  if (/^.{3,}ing\b/.test(phrase) && !THINGS_IN_ING.test(phrase.split(' ')[0]!))
    return `What are the rules for ${phrase}?`;
  return isSeveral ? `How do ${phrase} work?` : `What should I know about ${phrase}?`;
}

const LISTED =
  /^(?:requirements|limits|conditions|rules|options|steps|hours|types|exceptions|reasons|benefits|terms)$/i;

/** The word that says what the phrase is about, and whether it means several things. */
function headOf(phrase: string): { head: string; isSeveral: boolean } {
  const head = (phrase.split(PREPOSITION)[0] ?? '').split(/\s+/).at(-1)!;
  const isPlural = /(?:[^sui]s|[aeo]us?es|ies|people|data)$/i.test(head);
  return { head, isSeveral: isPlural || /^\S+ and \S+s$/i.test(phrase) };
}

const ASKS_HAN = /吗|呢|如何|怎么|怎样|什么|多久|多少|哪|为何|能否|是否|可否|几/;
const TO_DO_HAN =
  /^(?:申请|修改|更改|变更|取消|重置|退还|退回|退换|退货|退款|更换|换货|删除|添加|增加|开通|绑定|解绑|查询|查看|查找|设置|配置|登录|登陆|注册|安装|卸载|更新|升级|导出|导入|联系|支付|付款|上传|下载|提交|办理|预订|预约|续费|续订|开具|清洗|维修|报修|使用|创建|新建|邀请|分享|关闭|打开|启用|停用|连接|寄回|报销|选择|管理|恢复|转让|撤销|购买|加入|退出|退订|推迟)/;

function chinese(title: string): string | undefined {
  const plain = title.replace(/[\s：:。！!？?]+$/, '');
  if ([...plain].length > MOST_CHARACTERS || plain === '') return undefined;
  if (/[？?]\s*$/.test(title) || ASKS_HAN.test(plain)) return `${plain}？`;
  const code = ERROR_CODE.exec(plain)?.[0];
  if (code) return `${code} 是什么意思？`;
  if (/(?:之前|之后|以前|以后)$/.test(plain)) return `${plain}要做什么？`;
  if (/(?:时间|期限|时限|时长|周期|有效期)$/.test(plain)) return `${plain}是多久？`;
  if (/(?:费用|价格|运费|金额|手续费|费)$/.test(plain)) return `${plain}是多少？`;
  if (/(?:条件|要求|材料|方式|渠道|范围|内容|类型|种类|步骤|选项|限制|例外)$/.test(plain)) return `${plain}有哪些？`;
  if (/(?:流程|方法|规则|政策|规定|办法|标准|制度)$/.test(plain)) return `${plain}是什么？`;
  if (TO_DO_HAN.test(plain)) return `怎么${plain}？`;
  // Between Chinese and Latin letters stands a blank.
  return `关于${/^[\w(]/.test(plain) ? ' ' : ''}${plain}，需要知道什么？`;
}
