// Whether a model can read a script at all: what its tokenizer makes of ordinary words.
import type { Tokenizer } from './encoder.ts';

/** Ordinary words of customer service in each script, by its Unicode name; every word or character once. */
const SAMPLES: Record<string, string> = {
  Latin: 'customer address delivery change order return invoice account support question',
  Han: '客户地址配送修改订单退货发票账号服务问题',
  Cyrillic: 'клиент адрес доставка заказ возврат счёт вопрос помощь',
  Greek: 'πελάτης διεύθυνση παράδοση παραγγελία επιστροφή ερώτηση βοήθεια',
  Arabic: 'عميل عنوان توصيل طلب إرجاع فاتورة حساب سؤال',
  Hebrew: 'לקוח כתובת משלוח הזמנה החזרה חשבונית שאלה',
  Hangul: '고객주소배송주문반품계산서질문',
  Thai: 'ลูกค้าที่อยู่จัดส่งคำสั่งซื้อคืนสินค้าคำถาม',
  Devanagari: 'ग्राहक पता वितरण आदेश वापसी चालान प्रश्न',
};

/**
 * True where the tokenizer tells the sample's words apart: an unknown word becomes the same token as any other, and a script that is
 * only spelt letter by letter has no words either. Chinese and Korean characters are words enough. True for a script without sample.
 */
export function readsScript(tokenizer: Tokenizer, script: string): boolean {
  const sample = SAMPLES[script];
  if (sample === undefined) return true;
  const letters = [...sample.replaceAll(' ', '')].length;
  const units = sample.includes(' ') ? sample.split(' ').length : new Set(sample).size;
  const tokens = tokenizer.count(sample);
  const distinct = new Set(tokenizer.encode(sample)).size - tokenizer.overhead;
  const isSpelt = sample.includes(' ') && tokens > SPELT * letters;
  return distinct >= units / 2 && !isSpelt;
}

/** Tokens for each letter from which words are spelt rather than read. */
const SPELT = 0.8;
