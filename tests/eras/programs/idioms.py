"""What slides of 2016 to 2020 write and Keras 3.15 refuses: each idiom prints "ok", or what went wrong."""
import warnings; warnings.simplefilter("ignore")
import numpy as np, traceback, os
import keras
from keras import backend as K
from keras.models import Sequential, Model
from keras.layers import *
from keras.callbacks import *
from keras.utils import np_utils
X=np.random.rand(64,8).astype("float32"); Y=(X.sum(1)>4).astype("float32")
def net(**kw):
    m=Sequential([Dense(8,input_dim=8,activation="relu"),Dense(1,activation="sigmoid")]); m.compile("sgd","binary_crossentropy",**{"metrics":["accuracy"],**kw}); return m
def t(name):
    def deco(f):
        try: r=f(); print("ok  ",name, "" if r is None else r)
        except Exception as e: print("FAIL",name,type(e).__name__,str(e)[:160])
    return deco
@t("every Keras 1 keyword")
def _(): Sequential([Convolution2D(4,3,3,border_mode="same",subsample=(1,1),dim_ordering="tf",init="glorot_uniform",W_regularizer="l2",input_shape=(8,8,1)),MaxPooling2D(pool_size=(2,2),border_mode="valid"),Flatten(),Dense(output_dim=3,init="uniform"),Dropout(p=.2)])
@t("moved paths")
def _():
    import keras.layers.core, keras.layers.convolutional, keras.layers.pooling, keras.layers.normalization, keras.layers.recurrent, keras.layers.embeddings, keras.layers.merge, keras.layers.advanced_activations, keras.engine.topology, keras.utils.vis_utils, keras.wrappers.scikit_learn, keras.preprocessing.text
@t("np_utils")
def _(): assert np_utils.to_categorical([0,2],3).shape==(2,3)
@t("CuDNNLSTM and CuDNNGRU")
def _(): Sequential([CuDNNLSTM(3,return_sequences=True,input_shape=(4,2)),CuDNNGRU(2)])
@t("LocallyConnected1D")
def _(): Sequential([LocallyConnected1D(3,2,input_shape=(6,2))])
@t("lr=")
def _(): assert abs(float(keras.optimizers.SGD(lr=.05).lr)-.05)<1e-7
@t("K.set_value(opt.lr)")
def _():
    m=net(); K.set_value(m.optimizer.lr,.02); assert abs(K.get_value(m.optimizer.lr)-.02)<1e-7
@t("decay")
def _(): keras.optimizers.SGD(learning_rate=.1,decay=1e-2)
@t("predict_classes/proba")
def _(): m=net(); assert m.predict_classes(X).shape==(64,1); m.predict_proba(X)
@t("fit_generator")
def _():
    def g():
        while True: yield X[:8],Y[:8]
    net().fit_generator(g(),steps_per_epoch=3,epochs=2,verbose=0)
@t("fit(workers=)")
def _(): net().fit(X,Y,workers=2,use_multiprocessing=False,verbose=0)
@t("history acc")
def _(): assert net().fit(X,Y,verbose=0).history["acc"]
@t("save_weights w.h5")
def _(): m=net(); m.save_weights("w.h5"); m.load_weights("w.h5")
@t("ModelCheckpoint w.hdf5")
def _(): net().fit(X,Y,verbose=0,callbacks=[ModelCheckpoint("w.hdf5",save_weights_only=True,monitor="loss")])
@t("ModelCheckpoint period")
def _(): net().fit(X,Y,epochs=4,verbose=0,callbacks=[ModelCheckpoint("p{epoch}.h5",period=2,monitor="loss")]); assert os.path.exists("p2.h5") and not os.path.exists("p1.h5")
@t("to_yaml")
def _(): net().to_yaml()
@t("EarlyStopping val_acc")
def _(): net().fit(X,Y,validation_split=.2,epochs=3,verbose=0,callbacks=[EarlyStopping(monitor="val_acc")])
@t("sample_weight_mode")
def _():
    m=Sequential([LSTM(2,return_sequences=True,input_shape=(3,8)),Dense(1)]); m.compile("sgd","mse",sample_weight_mode="temporal"); m.fit(np.ones((4,3,8)),np.ones((4,3,1)),sample_weight=np.ones((4,3)),verbose=0)
@t("K.function")
def _(): m=net(); f=K.function([m.layers[0].input,K.learning_phase()],[m.layers[0].output]); assert f([X,0])[0].shape==(64,8)
@t("K.get_session refused")
def _():
    try: K.get_session()
    except Exception as e: return str(e)[:90]
    raise AssertionError
@t("K.set_image_dim_ordering")
def _(): K.set_image_dim_ordering("tf")
@t("add_loss symbolic")
def _():
    i=Input((3,)); d=Dense(2)(i); m=Model(i,d); m.add_loss(K.mean(K.square(d))); m.compile("sgd"); m.fit(np.ones((4,3)),verbose=0)
@t("layer.output_shape")
def _(): assert net().layers[0].output_shape==(None,8)
@t("class_weight two outputs")
def _():
    i=Input((8,)); m=Model(i,[Dense(1,activation="sigmoid",name="a")(i),Dense(1,activation="sigmoid",name="b")(i)]); m.compile("sgd","binary_crossentropy"); m.fit(X,[Y,Y],class_weight={"a":{0:1.,1:2.},"b":{0:1.,1:3.}},verbose=0)
@t("lists as x")
def _(): net().fit(X.tolist(),Y.tolist(),verbose=0)
@t("save('folder') refused")
def _():
    try: net().save("folder")
    except Exception as e: return str(e)[:90]
    raise AssertionError
@t("keras with Lambda")
def _():
    m=Sequential([Lambda(lambda x:x*2,input_shape=(3,),name="double")]); m.save("l.keras"); 
    try: keras.models.load_model("l.keras")
    except Exception as e: msg=str(e)[:160]
    m2=keras.models.load_model("l.keras",custom_objects={"double":lambda x:x*2}); assert m2.predict(np.ones((1,3)),verbose=0)[0,0]==2; return msg
@t("TensorBoard")
def _(): net().fit(X,Y,verbose=0,callbacks=[TensorBoard("tb")])
@t("ReduceLROnPlateau epsilon")
def _(): ReduceLROnPlateau(epsilon=1e-3)
@t("plot_model, vis_utils and visualize_util")
def _():
    from keras.utils import plot_model; plot_model(net(),to_file="model.png",show_shapes=True); assert open("model.png","rb").read(4)==b"\x89PNG"
    from keras.utils.vis_utils import plot_model as older; older(net(),"older.png",show_layer_names=True)
    from keras.utils.visualize_util import plot; plot(net(),to_file="oldest.png",show_shapes=True); assert os.path.exists("older.png") and os.path.exists("oldest.png")
@t("SVG(model_to_dot)")
def _():
    from keras.utils.vis_utils import model_to_dot
    try: assert b"<svg" in model_to_dot(net()).create(prog="dot",format="svg")
    except (ImportError,OSError) as e: return str(e)[:160]
@t("wrong width fails")
def _():
    try: net().predict(np.ones((2,5)))
    except ValueError as e: return str(e)[:60]
    raise AssertionError
@t("one-hot loss with integer labels fails")
def _():
    m=Sequential([Dense(3,activation="softmax",input_dim=8)]); m.compile("sgd","categorical_crossentropy")
    try: m.fit(X,np.zeros(64,int),verbose=0)
    except ValueError as e: return str(e)[:120]
    raise AssertionError
